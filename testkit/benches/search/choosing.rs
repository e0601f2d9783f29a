//! What it costs to choose, a step.

use std::time::Instant;

use testkit::{Explorer, Sim, Strategy};

use crate::ours::STRATEGIES;

/// How many tasks there are, and how often each yields.
const SIZES: [(usize, usize); 2] = [(100, 1_000), (3, 30_000)];

/// How many schedules of them are run.
const SCHEDULES: usize = 3;

/// How often each time is taken, in turns; the best counts.
const ROUNDS: usize = 8;

/// Prints it for each strategy.
pub(crate) fn print() {
    // Two lengths of the same: what is done once for all of it is the same in both, and does not count.
    let mut times = Vec::new();
    for (count, yields) in SIZES {
        // First in, first out is one schedule only, however many are asked for, so that its length is another.
        times.extend([1, 11].map(|length| Time::of(Strategy::Fifo, 1, (count, length * yields))));
        for strategy in STRATEGIES {
            times.extend([1, 2].map(|length| Time::of(strategy, 1 + length * SCHEDULES, (count, yields))));
        }
    }
    for _ in 0..ROUNDS {
        times.iter_mut().for_each(Time::take);
    }
    let rows = 1 + STRATEGIES.len();
    let step = |size: usize, row: usize| {
        let at = 2 * (size * rows + row);
        let lengths = if row == 0 { 10 } else { SCHEDULES };
        (times[at + 1].best - times[at].best) / (SIZES[size].0 * SIZES[size].1 * lengths) as f64
    };
    println!("\nA step of tasks that yield, without preemption, and what choosing adds to first in, first out\n");
    println!("{:<22}{:>26}{:>26}", "", "100 tasks", "3 tasks");
    println!("{:<22}{:>14.1} ns{:>23.1} ns", "fifo", step(0, 0), step(1, 0));
    for (row, strategy) in STRATEGIES.into_iter().enumerate() {
        let name = strategy.to_string();
        let [many, few] = [0, 1].map(|size| (step(size, row + 1), step(size, row + 1) - step(size, 0)));
        println!("{name:<22}{:>14.1} ns{:>+9.1} ns{:>11.1} ns{:>+9.1} ns", many.0, many.1, few.0, few.1);
    }
}

/// How long a test takes, in nanoseconds.
struct Time {
    run: Box<dyn Fn()>,
    best: f64,
}

impl Time {
    fn of(strategy: Strategy, schedules: usize, size: (usize, usize)) -> Self {
        let explorer = Explorer::new().strategy(strategy).schedules(schedules).preempt(false).check_determinism(false);
        let run = move || {
            let outcome = explorer.run(move |sim| tasks(sim, size));
            assert!(outcome.failure().is_none(), "tasks that yield pass");
        };
        Time { run: Box::new(run), best: f64::INFINITY }
    }

    fn take(&mut self) {
        let begun = Instant::now();
        (self.run)();
        self.best = self.best.min(begun.elapsed().as_secs_f64() * 1e9);
    }
}

async fn yields(count: usize) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

async fn tasks(sim: Sim, (count, times): (usize, usize)) {
    let tasks: Vec<_> = (0..count).map(|_| sim.spawn("yields", yields(times))).collect();
    for task in tasks {
        task.await.expect("it does not panic");
    }
}
