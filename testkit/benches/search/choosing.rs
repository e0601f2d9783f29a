//! What it costs to choose, a step.

use std::future::Future;
use std::time::Instant;

use testkit::{Explorer, Sim, Strategy};

use crate::ours::STRATEGIES;

/// How many tasks there are where there are many, and how often each yields.
const MANY: (usize, usize) = (100, 1_000);
/// The same where there are few.
const FEW: (usize, usize) = (3, 5);

/// How often each time is taken; the best counts.
const ROUNDS: usize = 10;

/// Prints it for each strategy.
pub(crate) fn print() {
    let base = [first_in_first_out(), one_after_the_other()];
    println!("\nA step of tasks that yield, without preemption, and what choosing adds to it\n");
    println!("{:<22}{:>30}{:>24}", "", "100 tasks, 1,000 yields", "3 tasks, 5 yields");
    println!("{:<22}{:>27.1} ns{:>21.1} ns", "nothing chosen", base[0], base[1]);
    for strategy in STRATEGIES {
        let [many, few] = [together(strategy, MANY, 10), together(strategy, FEW, 20_000)];
        let added = [many - base[0], few - base[1]];
        let name = strategy.to_string();
        println!("{name:<22}{many:>13.1} ns{:>+11.1} ns{few:>10.1} ns{:>+8.1} ns", added[0], added[1]);
    }
    println!("\nWhere nothing is chosen, 100 tasks take turns, first in, first out; 3 tasks run one after the other.");
}

async fn yields(count: usize) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

async fn tasks(sim: Sim, (tasks, count): (usize, usize)) {
    let tasks: Vec<_> = (0..tasks).map(|_| sim.spawn("yields", yields(count))).collect();
    for task in tasks {
        task.await.expect("it does not panic");
    }
}

/// With several tasks ready. In nanoseconds, as all here.
fn together(strategy: Strategy, size: (usize, usize), schedules: usize) -> f64 {
    of_one(strategy, schedules, move |sim| tasks(sim, size)) / (size.0 * size.1) as f64
}

/// First in, first out is one schedule only, so a long one is held against a short one: what both begin with does not count.
fn first_in_first_out() -> f64 {
    let (count, yields) = MANY;
    let time = |yields| best(Strategy::Fifo, 1, move |sim| tasks(sim, (count, yields)));
    (time(11 * yields) - time(yields)) / (10 * count * yields) as f64
}

/// Where one task only is ready, no strategy is asked. All else is as in many short schedules.
fn one_after_the_other() -> f64 {
    let (count, times) = FEW;
    let time = of_one(Strategy::Random, 20_000, move |sim: Sim| async move {
        for _ in 0..count {
            sim.spawn("yields", yields(times)).await.expect("it does not panic");
        }
    });
    time / (count * times) as f64
}

/// What a schedule takes, without what is done once for all of them.
fn of_one<R: Future<Output = ()> + 'static>(
    strategy: Strategy,
    schedules: usize,
    test: impl Fn(Sim) -> R + Clone + Send + Sync + 'static,
) -> f64 {
    let time = |schedules| best(strategy, 1 + schedules, test.clone());
    (time(2 * schedules) - time(schedules)) / schedules as f64
}

fn best<R: Future<Output = ()> + 'static>(
    strategy: Strategy,
    schedules: usize,
    test: impl Fn(Sim) -> R + Clone + Send + Sync + 'static,
) -> f64 {
    let explorer = Explorer::new().strategy(strategy).schedules(schedules).preempt(false).check_determinism(false);
    let round = |_| {
        let begun = Instant::now();
        let outcome = explorer.run(test.clone());
        let time = begun.elapsed();
        assert!(outcome.failure().is_none(), "tasks that yield pass");
        time.as_secs_f64() * 1e9
    };
    (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}
