//! Cost of scheduling decisions per step.

use std::time::Instant;

use testkit::{Explorer, Scheduler, Sim};

use crate::ours::SCHEDULERS;

/// Number of tasks, and of yields per task.
type Size = (usize, usize);

const SIZES: [Size; 2] = [(100, 200), (3, 6_000)];

/// Number of schedules per unit of length.
const SCHEDULES: usize = 3;

/// Number of rounds. All measurements take turns, and the best time of each counts. Rounds are short and many, so some
/// of them run while the machine is quiet.
const ROUNDS: usize = 200;

/// Prints the time per step for each scheduler.
pub(crate) fn print() {
    let mut steps = Vec::new();
    for size in SIZES {
        // FIFO has only one schedule, however many are asked for, so its length is varied by the yields.
        steps.push(StepTime::new(Scheduler::Fifo, size, |(count, yields), length| {
            (1, (count, (10 * length - 9) * yields))
        }));
        for scheduler in SCHEDULERS {
            steps.push(StepTime::new(scheduler, size, |size, length| (1 + length * SCHEDULES, size)));
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
    count: usize,
    /// Best time of each test, in nanoseconds.
    best: [f64; 2],
}

impl StepTime {
    /// `longer` returns the number of schedules and the size of the test for length 1 and length 2.
    fn new(scheduler: Scheduler, size: Size, longer: fn(Size, usize) -> (usize, Size)) -> Self {
        let lengths = [1, 2].map(|length| longer(size, length));
        let [count, more] = lengths.map(|(schedules, (count, yields))| schedules * count * yields);
        let tests = lengths.map(|(schedules, size)| -> Box<dyn Fn()> {
            let explorer = Explorer::new().scheduler(scheduler).schedules(schedules).preempt(false);
            let explorer = explorer.check_determinism(false);
            Box::new(move || {
                let outcome = explorer.run(move |sim| tasks(sim, size));
                assert!(outcome.failure().is_none(), "tasks that yield pass");
            })
        });
        StepTime { tests, count: more - count, best: [f64::INFINITY; 2] }
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
        (long - short) / self.count as f64
    }
}

async fn yields(count: usize) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

async fn tasks(sim: Sim, (count, times): Size) {
    let tasks: Vec<_> = (0..count).map(|_| sim.spawn("yields", yields(times))).collect();
    for task in tasks {
        task.await.expect("the task does not panic");
    }
}
