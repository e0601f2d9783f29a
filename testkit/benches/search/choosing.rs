//! What it costs to choose, a step.

use std::future::Future;
use std::time::Instant;

use testkit::{Explorer, Sim, Strategy};

use crate::ours::STRATEGIES;

/// How many tasks there are where there are many, and how often each yields.
const MANY: (usize, usize) = (100, 1_000);
/// The same where there are few.
const FEW: (usize, usize) = (3, 5);

/// How many schedules of them are run.
const SCHEDULES: [usize; 2] = [3, 10_000];

/// How often each time is taken, in turns; the best counts.
const ROUNDS: usize = 8;

/// Prints it for each strategy.
pub(crate) fn print() {
    // Two lengths of the same: what is done once for all of it is the same in both, and does not count.
    let mut times = vec![first_in_first_out(1), first_in_first_out(11), one_after_the_other(1), one_after_the_other(2)];
    for strategy in STRATEGIES {
        let time = |size, schedules| Time::of(strategy, 1 + schedules, move |sim| tasks(sim, size));
        for (size, schedules) in [MANY, FEW].into_iter().zip(SCHEDULES) {
            times.extend([time(size, schedules), time(size, 2 * schedules)]);
        }
    }
    for _ in 0..ROUNDS {
        times.iter_mut().for_each(Time::take);
    }
    let difference = |at: usize| times[at + 1].best - times[at].best;
    let [many, few] = [MANY, FEW].map(|(count, yields)| (count * yields) as f64);
    let base = [difference(0) / (10.0 * many), difference(2) / (SCHEDULES[1] as f64 * few)];
    println!("\nA step of tasks that yield, without preemption, and what choosing adds to it\n");
    println!("{:<22}{:>30}{:>24}", "", "100 tasks, 1,000 yields", "3 tasks, 5 yields");
    println!("{:<22}{:>16.1} ns{:>28.1} ns", "nothing chosen", base[0], base[1]);
    for (row, strategy) in STRATEGIES.into_iter().enumerate() {
        let at = 4 + 4 * row;
        let all = [difference(at) / many / SCHEDULES[0] as f64, difference(at + 2) / few / SCHEDULES[1] as f64];
        let added = [all[0] - base[0], all[1] - base[1]];
        let name = strategy.to_string();
        println!("{name:<22}{:>16.1} ns{:>+8.1} ns{:>17.1} ns{:>+8.1} ns", all[0], added[0], all[1], added[1]);
    }
    println!("\nWhere nothing is chosen, 100 tasks take turns, first in, first out; 3 tasks run one after the other.");
}

/// How long a test takes, in nanoseconds.
struct Time {
    run: Box<dyn Fn()>,
    best: f64,
}

impl Time {
    fn of<R: Future<Output = ()> + 'static>(
        strategy: Strategy,
        schedules: usize,
        test: impl Fn(Sim) -> R + Clone + Send + Sync + 'static,
    ) -> Self {
        let explorer = Explorer::new().strategy(strategy).schedules(schedules).preempt(false).check_determinism(false);
        let run = move || {
            let outcome = explorer.run(test.clone());
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

/// First in, first out is one schedule only, however many are asked for, so that its length is another.
fn first_in_first_out(length: usize) -> Time {
    let (count, times) = MANY;
    Time::of(Strategy::Fifo, 1, move |sim| tasks(sim, (count, length * times)))
}

/// As many short schedules as of a strategy, in which one task only is ready at a time, so that no strategy is asked.
fn one_after_the_other(length: usize) -> Time {
    let (count, times) = FEW;
    Time::of(Strategy::Random, 1 + length * SCHEDULES[1], move |sim: Sim| async move {
        for _ in 0..count {
            sim.spawn("yields", yields(times)).await.expect("it does not panic");
        }
    })
}
