//! Cost of tasks spawned with `tokio::spawn` in a simulation, and of the hooks of `cargo testkit` outside of one.
//!
//! ```text
//! cargo testkit bench -p testkit --bench unmodified
//! ```
//!
//! compares tasks of `tokio::spawn` with tasks of `di_core::task::spawn`. Without `cargo testkit`, the former are raw
//! tasks. To compare a program outside of a simulation with the same program under an ordinary tokio, pass the
//! benchmark that `cargo bench -p testkit --bench unmodified --no-run` has built:
//!
//! ```text
//! cargo testkit bench -p testkit --bench unmodified -- --plain target/release/deps/unmodified-..
//! ```

use std::env;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use testkit::{Explorer, Scheduler, Sim};
use tokio::runtime::Builder;
use tokio::sync::{Mutex, Notify, mpsc};
use tokio::task::{JoinSet, yield_now};

/// Number of measurements of each kind. They take turns, and the best counts.
const ROUNDS: usize = 15;

fn best<const N: usize>(mut calls: [&mut dyn FnMut() -> f64; N]) -> [f64; N] {
    let mut best = [f64::INFINITY; N];
    for _ in 0..ROUNDS {
        for (call, best) in calls.iter_mut().zip(&mut best) {
            *best = best.min(call());
        }
    }
    best
}

fn timed(act: impl FnOnce()) -> f64 {
    let start = Instant::now();
    act();
    start.elapsed().as_secs_f64()
}

/// Time per schedule of a test.
fn explored<R: Future<Output = ()> + 'static>(
    explorer: &Explorer,
    schedules: usize,
    test: impl Fn(Sim) -> R + Send + Sync + 'static,
) -> f64 {
    let explorer = explorer.clone().schedules(schedules).check_determinism(false).max_steps(u64::MAX);
    timed(|| {
        let outcome = explorer.run(test);
        assert_eq!(outcome.schedules_run(), schedules);
        assert!(outcome.failure().is_none(), "the test passes");
    }) / schedules as f64
}

async fn yields(count: usize) {
    for _ in 0..count {
        yield_now().await;
    }
}

/// Spawns tasks with this function, with a number of yields each, and joins them.
macro_rules! joined {
    ($spawn:path, $tasks:expr, $yields:expr) => {
        |_| async {
            let tasks: Vec<_> = (0..$tasks).map(|_| $spawn(yields($yields))).collect();
            for task in tasks {
                task.await.expect("the task does not panic");
            }
        }
    };
}

fn in_a_simulation() {
    const TASKS: usize = 100;
    const YIELDS: usize = 1_000;
    let fifo = Explorer::new().scheduler(Scheduler::Fifo);
    let mut by_tokio = || explored(&fifo, 1, joined!(tokio::spawn, TASKS, YIELDS));
    let mut by_us = || explored(&fifo, 1, joined!(di_core::task::spawn, TASKS, YIELDS));
    let [by_tokio, by_us] = best([&mut by_tokio, &mut by_us]);
    let step = |time: f64| time * 1e9 / (TASKS * YIELDS) as f64;
    println!("100 tasks with 1,000 yields each: time per step");
    println!("  tokio::spawn          {:>8.1} ns   {:.2} x", step(by_tokio), by_tokio / by_us);
    println!("  di_core::task::spawn  {:>8.1} ns", step(by_us));

    const SCHEDULES: usize = 50_000;
    let search = Explorer::new().jobs(1);
    let mut by_tokio = || explored(&search, SCHEDULES, joined!(tokio::spawn, 3, 5));
    let mut by_us = || explored(&search, SCHEDULES, joined!(di_core::task::spawn, 3, 5));
    let [by_tokio, by_us] = best([&mut by_tokio, &mut by_us]);
    println!("3 tasks with 5 yields each, joined: schedules per second");
    println!("  tokio::spawn          {:>8.0}      {:.2} x", 1.0 / by_tokio, by_us / by_tokio);
    println!("  di_core::task::spawn  {:>8.0}", 1.0 / by_us);
}

/// A program that calls each hook often: tasks, locks, notifications, channels, `select!`.
async fn program() {
    let (lock, notify) = (Arc::new(Mutex::new(0_u64)), Arc::new(Notify::new()));
    let (sender, mut receiver) = mpsc::channel(16);
    let mut tasks = JoinSet::new();
    for worker in 0..4_u64 {
        let (lock, notify, sender) = (lock.clone(), notify.clone(), sender.clone());
        tasks.spawn(async move {
            for round in 0..500 {
                *lock.lock().await += worker;
                notify.notify_one();
                sender.send(round).await.expect("the receiver is there");
                tokio::spawn(async move { round }).await.expect("the task does not panic");
            }
        });
    }
    drop(sender);
    let mut notified = 0;
    loop {
        tokio::select! {
            message = receiver.recv() => if message.is_none() { break },
            () = notify.notified() => notified += 1,
        }
    }
    while let Some(result) = tasks.join_next().await {
        result.expect("the task does not panic");
    }
    assert!(notified > 0);
}

/// Prints the best time of the program outside of a simulation, in seconds.
fn outside() {
    let runtime = Builder::new_current_thread().build().expect("the runtime can be built");
    let times = (0..200).map(|_| timed(|| runtime.block_on(program())));
    println!("{}", times.fold(f64::INFINITY, f64::min));
}

fn compare(plain: &str) {
    let run = |program: &str| {
        let output = Command::new(program).arg("--outside").output().expect("the benchmark can be run");
        String::from_utf8_lossy(&output.stdout).trim().parse::<f64>().expect("the benchmark prints a time")
    };
    let own = env::current_exe().expect("the program has a path").display().to_string();
    let [with, without] = best([&mut || run(&own), &mut || run(plain)]);
    println!("a program of plain tokio, outside of a simulation");
    println!("  with the hooks        {:>8.1} us   {:.3} x", with * 1e6, with / without);
    println!("  without               {:>8.1} us", without * 1e6);
}

fn main() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let plain = arguments.iter().position(|argument| argument == "--plain");
    match plain.and_then(|position| arguments.get(position + 1)) {
        _ if arguments.iter().any(|argument| argument == "--outside") => outside(),
        Some(plain) => compare(plain),
        None => {
            if !testkit::has_tokio_hooks() {
                println!("without `cargo testkit`, so the tasks of `tokio::spawn` are raw tasks");
            }
            in_a_simulation();
        }
    }
}
