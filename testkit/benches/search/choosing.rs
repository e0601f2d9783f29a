//! What it costs to choose, a step.

use std::time::Instant;

use testkit::{Explorer, Sim, Strategy};

use crate::ours::STRATEGIES;

/// How many tasks there are, and how often each yields.
type Size = (usize, usize);

const SIZES: [Size; 2] = [(100, 200), (3, 6_000)];

/// How many schedules of them are run.
const SCHEDULES: usize = 3;

/// How often each time is taken, in turns; the best counts. They are short and many, so that some are of a quiet machine.
const ROUNDS: usize = 200;

/// Prints it for each strategy.
pub(crate) fn print() {
    let mut steps = Vec::new();
    for size in SIZES {
        // First in, first out is one schedule only, however many are asked for, so that its length is another.
        steps.push(Step::new(Strategy::Fifo, size, |(count, yields), length| (1, (count, (10 * length - 9) * yields))));
        for strategy in STRATEGIES {
            steps.push(Step::new(strategy, size, |size, length| (1 + length * SCHEDULES, size)));
        }
    }
    for _ in 0..ROUNDS {
        steps.iter_mut().for_each(Step::take);
    }
    let rows = 1 + STRATEGIES.len();
    let step = |size: usize, row: usize| steps[size * rows + row].time();
    println!("\nA step of tasks that yield, without preemption, and what choosing adds to first in, first out\n");
    println!("{:<22}{:>26}{:>26}", "", "100 tasks", "3 tasks");
    println!("{:<22}{:>14.1} ns{:>23.1} ns", "fifo", step(0, 0), step(1, 0));
    for (row, strategy) in STRATEGIES.into_iter().enumerate() {
        let name = strategy.to_string();
        let [many, few] = [0, 1].map(|size| (step(size, row + 1), step(size, row + 1) - step(size, 0)));
        println!("{name:<22}{:>14.1} ns{:>+9.1} ns{:>11.1} ns{:>+9.1} ns", many.0, many.1, few.0, few.1);
    }
}

/// How long a step takes: two lengths of the same test differ by so many of them, and what is done once is in both.
struct Step {
    tests: [Box<dyn Fn()>; 2],
    count: usize,
    /// The best time of each, in nanoseconds.
    best: [f64; 2],
}

impl Step {
    /// `longer` gives the schedules and the size of the test, of the first length and the second.
    fn new(strategy: Strategy, size: Size, longer: fn(Size, usize) -> (usize, Size)) -> Self {
        let lengths = [1, 2].map(|length| longer(size, length));
        let [count, more] = lengths.map(|(schedules, (count, yields))| schedules * count * yields);
        let tests = lengths.map(|(schedules, size)| -> Box<dyn Fn()> {
            let explorer = Explorer::new().strategy(strategy).schedules(schedules).preempt(false);
            let explorer = explorer.check_determinism(false);
            Box::new(move || {
                let outcome = explorer.run(move |sim| tasks(sim, size));
                assert!(outcome.failure().is_none(), "tasks that yield pass");
            })
        });
        Step { tests, count: more - count, best: [f64::INFINITY; 2] }
    }

    fn take(&mut self) {
        for (test, best) in self.tests.iter().zip(&mut self.best) {
            let begun = Instant::now();
            test();
            *best = best.min(begun.elapsed().as_secs_f64() * 1e9);
        }
    }

    /// In nanoseconds.
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
        task.await.expect("it does not panic");
    }
}
