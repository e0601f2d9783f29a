//! Cost of the simulation, compared with tokio's own paused runtime, shuttle and madsim in the same run.
//!
//! `cargo bench -p testkit --bench executor` prints the best of several rounds. The first run builds madsim, which
//! takes a minute. If that fails, the benchmark reports it and continues without madsim.

mod madsim;

use std::hint::black_box;
use std::time::{Duration, Instant};

use madsim::Madsim;
use testkit::{Explorer, Scheduler, Sim};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

/// Returns the best time of each call over several rounds, in seconds. The calls take turns, so a temporary slowdown of
/// the machine does not affect only one of them.
fn best<const N: usize>(rounds: usize, mut calls: [&mut dyn FnMut(); N]) -> [f64; N] {
    let mut best = [f64::INFINITY; N];
    for _ in 0..rounds {
        for (call, best) in calls.iter_mut().zip(&mut best) {
            let start = Instant::now();
            call();
            *best = best.min(start.elapsed().as_secs_f64());
        }
    }
    best
}

fn tokio_runtime() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().expect("the runtime can be built")
}

/// Runs one schedule of a test in FIFO order. The test must pass.
fn once<R: Future<Output = ()> + 'static>(test: impl Fn(Sim) -> R + Send + Sync + 'static) {
    let outcome = Explorer::new().scheduler(Scheduler::Fifo).check_determinism(false).max_steps(u64::MAX).run(test);
    if let Some(failure) = outcome.failure() {
        panic!("{failure}");
    }
}

/// Number of tasks in workload A.
const TASKS: usize = 100;
/// Number of yields per task in workload A.
const YIELDS: usize = 1_000;

/// Workload A: 100 tasks with 1,000 yields each.
fn steps(madsim: Option<&Madsim>) {
    async fn yields() {
        for _ in 0..YIELDS {
            tokio::task::yield_now().await;
        }
    }
    let each = |time: f64| time * 1e9 / (TASKS * YIELDS) as f64;
    let mut ours = || {
        once(|sim: Sim| async move {
            let tasks: Vec<_> = (0..TASKS).map(|_| sim.spawn("yields", yields())).collect();
            for task in tasks {
                task.await.expect("the task does not panic");
            }
        });
    };
    let runtime = tokio_runtime();
    let mut tokio = || {
        runtime.block_on(async {
            let tasks: Vec<_> = (0..TASKS).map(|_| tokio::spawn(yields())).collect();
            for task in tasks {
                task.await.expect("the task does not panic");
            }
        });
    };
    let mut shuttle = || {
        let body = || {
            shuttle::future::block_on(async {
                let yields = || async {
                    for _ in 0..YIELDS {
                        shuttle::future::yield_now().await;
                    }
                };
                let tasks: Vec<_> = (0..TASKS).map(|_| shuttle::future::spawn(yields())).collect();
                for task in tasks {
                    task.await.expect("the task does not panic");
                }
            });
        };
        let mut config = shuttle::Config::new();
        config.max_steps = shuttle::MaxSteps::None;
        shuttle::Runner::new(shuttle::scheduler::RandomScheduler::new(1), config).run(body);
    };
    let [ours, tokio, shuttle] = best(20, [&mut ours, &mut tokio, &mut shuttle]);
    println!("A  100 tasks with 1,000 yields each: time per step");
    println!("     testkit            {:>8.1} ns   {:.2} x tokio", each(ours), ours / tokio);
    println!("     tokio, paused      {:>8.1} ns", each(tokio));
    println!("     shuttle, random    {:>8.1} ns", each(shuttle));
    if let Some(madsim) = madsim {
        println!("     madsim             {:>8.1} ns", each(madsim.steps));
    }
}

async fn five_yields() {
    for _ in 0..5 {
        tokio::task::yield_now().await;
    }
}

/// Number of schedules of workload B in each round of madsim.
const MADSIM_SCHEDULES: usize = 20_000;

/// Workload B: three spawned tasks with five yields each, joined.
fn schedules(madsim: Option<&Madsim>) {
    const SCHEDULES: usize = 200_000;
    let per_second = |count: usize, time: f64| count as f64 / time;
    let ours = |preempt: bool, jobs: usize| {
        let explorer = Explorer::new().schedules(SCHEDULES).preempt(preempt).jobs(jobs).check_determinism(false);
        move || {
            let outcome = explorer.run(|sim: Sim| async move {
                let tasks = [(); 3].map(|()| sim.spawn("yields", five_yields()));
                for task in tasks {
                    task.await.expect("the task does not panic");
                }
            });
            assert_eq!(black_box(outcome).schedules_run(), SCHEDULES);
        }
    };
    let (mut plain, mut preempted, mut two) = (ours(false, 1), ours(true, 1), ours(true, 2));
    let runtime = tokio_runtime();
    let mut tokio = || {
        for _ in 0..SCHEDULES {
            runtime.block_on(async {
                let tasks = [(); 3].map(|()| tokio::spawn(five_yields()));
                for task in tasks {
                    task.await.expect("the task does not panic");
                }
            });
        }
    };
    const SHUTTLE_SCHEDULES: usize = 20_000;
    let body = || {
        shuttle::future::block_on(async {
            let yields = || async {
                for _ in 0..5 {
                    shuttle::future::yield_now().await;
                }
            };
            let tasks = [(); 3].map(|()| shuttle::future::spawn(yields()));
            for task in tasks {
                task.await.expect("the task does not panic");
            }
        });
    };
    let mut random = || shuttle::check_random(body, SHUTTLE_SCHEDULES);
    let mut pct = || shuttle::check_pct(body, SHUTTLE_SCHEDULES, 3);
    let [plain, preempted, two, tokio, random, pct] =
        best(6, [&mut plain, &mut preempted, &mut two, &mut tokio, &mut random, &mut pct]);
    println!("B  3 tasks with 5 yields each, joined: schedules per second");
    println!("     testkit, one thread, without preemption  {:>10.0}", per_second(SCHEDULES, plain));
    println!("     testkit, one thread, default settings    {:>10.0}", per_second(SCHEDULES, preempted));
    let times = preempted / two;
    println!("     testkit, two threads, default settings   {:>10.0}   {times:.2} x one", per_second(SCHEDULES, two));
    println!("     tokio, paused, one order only            {:>10.0}", per_second(SCHEDULES, tokio));
    println!("     shuttle, random                          {:>10.0}", per_second(SHUTTLE_SCHEDULES, random));
    println!("     shuttle, PCT                             {:>10.0}", per_second(SHUTTLE_SCHEDULES, pct));
    if let Some(madsim) = madsim {
        println!(
            "     madsim                                   {:>10.0}",
            per_second(MADSIM_SCHEDULES, madsim.schedules)
        );
    }
}

/// Workload C: 100,000 tasks that sleep for random times within a virtual hour.
fn sleepers() {
    const TASKS: usize = 100_000;
    async fn sleeps(time: Duration) {
        tokio::time::sleep(time).await;
    }
    let before = peak();
    let mut ours = || {
        once(|sim: Sim| async move {
            let entropy = sim.entropy();
            let times = (0..TASKS).map(|_| Duration::from_millis(entropy.in_range(0..3_600_000)));
            let tasks: Vec<_> = times.map(|time| sim.spawn("sleeps", sleeps(time))).collect();
            for task in tasks {
                task.await.expect("the task does not panic");
            }
        });
    };
    let [time] = best(3, [&mut ours]);
    let (size, bytes) = (size_of_val(&sleeps(Duration::ZERO)), (peak() - before) / TASKS);
    println!("C  100,000 tasks that sleep within a virtual hour");
    println!("     testkit            {time:>8.2} s");
    println!("     memory             {bytes:>8} bytes per task at the peak, {size} of them for its future");
}

/// Workload D: a million messages between two tasks.
fn messages() {
    const MESSAGES: usize = 1_000_000;
    async fn send(sender: mpsc::Sender<usize>) {
        for message in 0..MESSAGES {
            sender.send(message).await.expect("the receiver is there");
        }
    }
    async fn receive(mut receiver: mpsc::Receiver<usize>) {
        while receiver.recv().await.is_some() {}
    }
    let mut ours = || {
        once(|sim: Sim| async move {
            let (sender, receiver) = mpsc::channel(100);
            let (sending, receiving) = (sim.spawn("send", send(sender)), sim.spawn("receive", receive(receiver)));
            sending.await.expect("the task does not panic");
            receiving.await.expect("the task does not panic");
        });
    };
    let runtime = tokio_runtime();
    let mut tokio = || {
        runtime.block_on(async {
            let (sender, receiver) = mpsc::channel(100);
            let (sending, receiving) = (tokio::spawn(send(sender)), tokio::spawn(receive(receiver)));
            sending.await.expect("the task does not panic");
            receiving.await.expect("the task does not panic");
        });
    };
    let [ours, tokio] = best(5, [&mut ours, &mut tokio]);
    println!("D  1,000,000 messages between two tasks");
    println!("     testkit            {ours:>8.3} s   {:.2} x tokio", ours / tokio);
    println!("     tokio, paused      {tokio:>8.3} s");
}

/// Returns the peak resident memory of this process in bytes, or 0 if the system does not provide it.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<usize>().ok());
    kibibytes.unwrap_or(0) * 1024
}

fn main() {
    {
        // The runtime context is only needed to measure the size of a timer.
        let runtime = tokio_runtime();
        let _context = runtime.enter();
        sleepers();
    }
    let madsim = Madsim::measure(TASKS, YIELDS, MADSIM_SCHEDULES);
    if let Err(error) = &madsim {
        println!("madsim is skipped, because it could not be built and run: {error}");
    }
    steps(madsim.as_ref().ok());
    schedules(madsim.as_ref().ok());
    messages();
}
