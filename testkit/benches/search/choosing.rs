//! Cost of scheduling decisions per step.

use std::time::Instant;

use testkit::{Explorer, Scheduler, Sim};

use crate::ours::SCHEDULERS;

/// Size of a test.
#[derive(Clone, Copy)]
struct Size {
    tasks: usize,
    /// Number of yields of each task.
    yields: usize,
}

impl Size {
    /// Returns the number of steps of one schedule.
    fn steps(self) -> usize {
        self.tasks * self.yields
    }
}

const SIZES: [Size; 2] = [Size { tasks: 100, yields: 200 }, Size { tasks: 3, yields: 6_000 }];

/// A test and the number of its schedules.
struct Length {
    schedules: usize,
    size: Size,
}

/// Number of schedules per unit of length.
const SCHEDULES: usize = 3;

/// Number of rounds. All measurements take turns, and the best time of each counts. Rounds are short and many, so some
/// of them run while the machine is quiet.
const ROUNDS: usize = 200;

/// Prints the time per step for each scheduler.
pub(crate) fn print() {
    let mut steps = Vec::new();
    for size in SIZES {
        // FIFO has only one schedule, however many are requested, so the yields determine its length.
        steps.push(StepTime::new(Scheduler::Fifo, size, |size, length| Length {
            schedules: 1,
            size: Size { yields: (10 * length - 9) * size.yields, ..size },
        }));
        for scheduler in SCHEDULERS {
            steps.push(StepTime::new(scheduler, size, |size, length| Length {
                schedules: 1 + length * SCHEDULES,
                size,
            }));
        }
    }
    for _ in 0..ROUNDS {
        steps.iter_mut().for_each(StepTime::measure);
    }
    let rows = 1 + SCHEDULERS.len();
    let step = |size: usize, row: usize| steps[size * rows + row].time();
    println!("\nTime per step of yielding tasks without preemption, and the overhead over FIFO\n");
    println!("{:<22}{:>26}{:>26}", "", "100 tasks", "3 tasks");
    println!("{:<22}{:>14.1} ns{:>23.1} ns", "fifo", step(0, 0), step(1, 0));
    for (row, scheduler) in SCHEDULERS.into_iter().enumerate() {
        let name = scheduler.to_string();
        let [many, few] = [0, 1].map(|size| (step(size, row + 1), step(size, row + 1) - step(size, 0)));
        println!("{name:<22}{:>14.1} ns{:>+9.1} ns{:>11.1} ns{:>+9.1} ns", many.0, many.1, few.0, few.1);
    }
}

/// Measures the time per step from two lengths of the same test. One-time costs are in both, so they cancel out.
struct StepTime {
    tests: [Box<dyn Fn()>; 2],
    /// Number of additional steps in the long test.
    extra_steps: usize,
    /// Best time of each test, in nanoseconds.
    best: [f64; 2],
}

impl StepTime {
    /// Calls `length` with 1 for the short test and with 2 for the long one.
    fn new(scheduler: Scheduler, size: Size, length: fn(Size, usize) -> Length) -> Self {
        let lengths = [1, 2].map(|number| length(size, number));
        let [short, long] = lengths.each_ref().map(|length| length.schedules * length.size.steps());
        let tests = lengths.map(|Length { schedules, size }| -> Box<dyn Fn()> {
            let explorer = Explorer::new().scheduler(scheduler).schedules(schedules).preempt(false);
            let explorer = explorer.check_determinism(false);
            Box::new(move || {
                let outcome = explorer.run(move |sim| tasks(sim, size));
                assert!(outcome.failure().is_none(), "tasks that yield pass");
            })
        });
        StepTime { tests, extra_steps: long - short, best: [f64::INFINITY; 2] }
    }

    fn measure(&mut self) {
        for (test, best) in self.tests.iter().zip(&mut self.best) {
            let start = Instant::now();
            test();
            *best = best.min(start.elapsed().as_secs_f64() * 1e9);
        }
    }

    /// Returns the time per step in nanoseconds.
    fn time(&self) -> f64 {
        let [short, long] = self.best;
        (long - short) / self.extra_steps as f64
    }
}

async fn yields(count: usize) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

async fn tasks(sim: Sim, size: Size) {
    let tasks: Vec<_> = (0..size.tasks).map(|_| sim.spawn("yields", yields(size.yields))).collect();
    for task in tasks {
        task.await.expect("the task does not panic");
    }
}
