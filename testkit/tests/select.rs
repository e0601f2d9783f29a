//! Plain `tokio::select!`: which branch it starts with is a choice of the schedule, made again by a replay.

mod support;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::future::{Future, ready};
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use proptest::prelude::*;
use support::{MILLISECOND, all_of, assert_tells, each_seen, failure, passes, replayed_failure};
use testkit::{Explorer, FailureKind, Schedule, Scheduler as Order, Sim};
use tokio::select;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Notify, oneshot, watch};
use tokio::time::{sleep, timeout};

/// So many outcomes are each replayed: a report takes a while.
const REPLAYED: usize = 2;

fn explorer() -> Explorer {
    Explorer::new().schedules(200)
}

/// What the runs of a test have seen: the same in a second search; and some of it, where it fails the test, in a replay.
#[track_caller]
fn determined_with<T, F, R>(explorer: Explorer, test: F) -> BTreeSet<T>
where
    T: Ord + Clone + Debug + Send + Sync + 'static,
    F: Fn(Sim) -> R + Send + Sync + Clone + 'static,
    R: Future<Output = T> + 'static,
{
    let all = each_seen(explorer.clone(), test.clone());
    assert_eq!(all, each_seen(explorer.clone(), test.clone()), "two searches with one seed");
    let all: BTreeSet<T> = all.into_iter().collect();
    for wrong in all.iter().take(REPLAYED) {
        let (test, wrong) = (test.clone(), wrong.clone());
        replayed_failure(explorer.clone().shrink(false), move |sim| {
            let (running, wrong) = (test(sim), wrong.clone());
            async move { assert_ne!(running.await, wrong) }
        });
    }
    all
}

/// Under 200 schedules.
#[track_caller]
fn determined<T, F, R>(test: F) -> BTreeSet<T>
where
    T: Ord + Clone + Debug + Send + Sync + 'static,
    F: Fn(Sim) -> R + Send + Sync + Clone + 'static,
    R: Future<Output = T> + 'static,
{
    determined_with(explorer(), test)
}

/// A queue that holds so many items, and into which more can be sent.
fn queue(items: usize) -> (UnboundedSender<usize>, UnboundedReceiver<usize>) {
    let (sender, receiver) = unbounded_channel();
    for item in 0..items {
        sender.send(item).unwrap();
    }
    (sender, receiver)
}

/// Which of two queues, both of them ready, an item is taken from.
async fn first_of_two() -> usize {
    let ((_a, mut a), (_b, mut b)) = (queue(1), queue(1));
    select! { _ = a.recv() => 0, _ = b.recv() => 1 }
}

/// How many jobs are done before the shutdown is heard: with work queued, and the shutdown sent.
async fn work() -> usize {
    let ((_jobs, mut jobs), (_shutdown, mut shutdown)) = (queue(5), queue(1));
    let mut done = 0;
    loop {
        select! {
            Some(_) = jobs.recv() => done += 1,
            _ = shutdown.recv() => return done,
        }
    }
}

async fn all_work_is_done(sim: Sim) {
    let done = sim.spawn("working", work()).await.unwrap();
    assert_eq!(done, 5, "work is lost");
}

/// Fails only where the third start, and none before, is at the second branch.
async fn not_just_two_jobs_are_done(sim: Sim) {
    assert_ne!(sim.spawn("working", work()).await.unwrap(), 2);
}

type Log = Arc<Mutex<Vec<(usize, usize)>>>;

fn taken(log: &Log) -> Vec<(usize, usize)> {
    std::mem::take(&mut *log.lock().unwrap())
}

/// Takes all from two queues, and logs from which.
async fn drain(log: Log, task: usize) {
    let (mut a, mut b) = (queue(3).1, queue(3).1);
    loop {
        let from = select! { Some(_) = a.recv() => 0, Some(_) = b.recv() => 1, else => return };
        log.lock().unwrap().push((task, from));
    }
}

// One select.

#[test]
fn a_select_of_two_starts_with_either() {
    assert_eq!(determined(|_| first_of_two()), BTreeSet::from([0, 1]));
}

#[test]
fn a_select_of_three_starts_with_each() {
    let seen = determined(|_| async {
        let ((_a, mut a), (_b, mut b), (_c, mut c)) = (queue(1), queue(1), queue(1));
        select! { _ = a.recv() => 0, _ = b.recv() => 1, _ = c.recv() => 2 }
    });
    assert_eq!(seen, BTreeSet::from([0, 1, 2]));
}

#[test]
fn a_select_of_four_starts_with_most() {
    let seen = determined(|_| async {
        select! { _ = ready(()) => 0, _ = ready(()) => 1, _ = ready(()) => 2, _ = ready(()) => 3 }
    });
    assert!(seen.len() >= 3, "{seen:?}");
}

#[test]
fn a_select_of_a_task_of_the_simulation_starts_with_either() {
    let seen = determined(|sim: Sim| async move { sim.spawn("a", first_of_two()).await.unwrap() });
    assert_eq!(seen, BTreeSet::from([0, 1]));
}

#[test]
fn a_select_of_a_task_of_a_spawner_starts_with_either() {
    let seen = determined(|sim: Sim| async move { sim.spawner().spawn("a", first_of_two()).await.unwrap() });
    assert_eq!(seen, BTreeSet::from([0, 1]));
}

#[test]
fn a_select_of_a_task_of_di_core_starts_with_either() {
    let seen = determined(|_| async { di_core::task::spawn(first_of_two()).await.unwrap() });
    assert_eq!(seen, BTreeSet::from([0, 1]));
}

#[test]
fn a_select_starts_with_either_without_preemption() {
    let seen = determined_with(explorer().preempt(false), |sim: Sim| async move {
        (first_of_two().await, sim.spawn("a", first_of_two()).await.unwrap())
    });
    assert_eq!(seen, BTreeSet::from([(0, 0), (0, 1), (1, 0), (1, 1)]));
}

#[test]
fn a_biased_select_starts_with_the_first() {
    let seen = determined(|_| async {
        select! { biased; _ = ready(()) => 0, _ = ready(()) => 1 }
    });
    assert_eq!(seen, BTreeSet::from([0]));
}

#[test]
fn a_select_of_di_core_starts_with_either_beside_a_plain_one() {
    let seen = determined(|_| async {
        let ours = di_core::select! { _ = ready(()) => 0, _ = ready(()) => 1 };
        (ours, first_of_two().await)
    });
    assert_eq!(seen, BTreeSet::from([(0, 0), (0, 1), (1, 0), (1, 1)]));
}

// The default.

#[test]
fn first_in_first_out_the_first_branch_that_is_ready_wins() {
    passes(explorer().strategy(Order::Fifo), |sim: Sim| async move {
        sim.spawn("a", async {
            for mask in (1..8_usize).chain(1..8) {
                let [(_a, mut a), (_b, mut b), (_c, mut c)] = [0, 1, 2].map(|at| queue(mask >> at & 1));
                let first = select! { _ = a.recv() => 0, _ = b.recv() => 1, _ = c.recv() => 2 };
                assert_eq!(first, mask.trailing_zeros(), "{mask:b}");
                if mask % 3 == 0 {
                    tokio::task::yield_now().await;
                }
            }
        })
        .await
        .unwrap();
    });
}

#[test]
fn first_in_first_out_no_select_of_a_long_loop_starts_elsewhere() {
    passes(explorer().strategy(Order::Fifo), |_| async {
        for at in 0..1_000 {
            assert_eq!(first_of_two().await, 0, "number {at}");
        }
    });
}

#[test]
fn the_first_schedule_starts_with_the_first_branch() {
    passes(Explorer::new().schedules(1), |_| async { assert_eq!([work().await, first_of_two().await], [5, 0]) });
}

#[test]
fn a_replay_without_choices_starts_with_the_first_branch() {
    for seed in 0..8 {
        let schedule: Schedule = format!("v1:{seed}").parse().unwrap();
        passes(Explorer::new().replay(&schedule), |_| async {
            assert_eq!([work().await, first_of_two().await], [5, 0]);
        });
    }
}

// Many in one poll.

#[test]
fn two_selects_of_one_poll_start_in_all_four_ways() {
    let seen = determined(|_| async { (first_of_two().await, first_of_two().await) });
    assert_eq!(seen, BTreeSet::from([(0, 0), (0, 1), (1, 0), (1, 1)]));
}

#[test]
fn a_worker_hears_its_shutdown_before_and_amid_and_behind_its_work() {
    for explorer in [explorer(), explorer().preempt(false)] {
        let seen = determined_with(explorer, |sim: Sim| async move { sim.spawn("working", work()).await.unwrap() });
        assert!(seen.contains(&0) && seen.contains(&5), "{seen:?}");
        assert!(seen.range(1..5).next().is_some(), "{seen:?}");
    }
}

#[test]
fn a_loop_that_takes_more_than_a_poll_is_deterministic() {
    let seen = determined_with(Explorer::new().schedules(20), |_| async {
        let (mut a, mut b) = (queue(100).1, queue(100).1);
        let mut switches = (0, 0);
        loop {
            let from = select! { Some(_) = a.recv() => 1, Some(_) = b.recv() => 2, else => return switches };
            switches = (switches.0 + usize::from(switches.1 != from), from);
        }
    });
    assert!(seen.len() > 5, "{seen:?}");
}

#[test]
fn two_tasks_with_a_select_loop_each_are_deterministic() {
    let seen = determined(|sim: Sim| async move {
        let log = Log::default();
        let tasks = [0, 1].map(|task| sim.spawn("draining", drain(log.clone(), task)));
        for task in tasks {
            task.await.unwrap();
        }
        taken(&log)
    });
    assert!(seen.len() > 50, "{}", seen.len());
    let task_of = |events: &Vec<(usize, usize)>, of| -> Vec<_> {
        events.iter().filter(|&&(task, _)| task == of).map(|&(_, from)| from).collect()
    };
    assert!(seen.iter().any(|events| task_of(events, 0) != task_of(events, 1)));
}

#[test]
fn a_select_that_waits_starts_anew_each_time_it_is_woken() {
    let seen = determined(|sim: Sim| async move {
        let ((a_sender, mut a), (b_sender, mut b)) = (queue(0), queue(0));
        let receiving = sim.spawn("receiving", async move {
            let mut first = Vec::new();
            for _ in 0..3 {
                first.push(select! { _ = a.recv() => 0, _ = b.recv() => 1 });
                while a.try_recv().is_ok() || b.try_recv().is_ok() {}
            }
            first
        });
        for _ in 0..3 {
            sim.sleep(MILLISECOND).await;
            a_sender.send(0).unwrap();
            b_sender.send(0).unwrap();
        }
        receiving.await.unwrap()
    });
    assert_eq!(seen.len(), 8, "{seen:?}");
}

// What it finds.

#[test]
fn work_that_is_lost_at_shutdown_is_found_and_replayed() {
    let found = replayed_failure(explorer(), all_work_is_done);
    assert_eq!(found.kind(), FailureKind::Panic);
    assert_tells(&found, &["work is lost"]);
    assert!(!found.choices().is_empty() && found.choices().len() <= 2, "{found}");
    assert!(found.choices().iter().any(|choice| choice.to_string().contains("`working`")), "{found}");
}

#[test]
fn work_that_is_lost_at_shutdown_is_found_without_preemption() {
    let found = replayed_failure(explorer().preempt(false), all_work_is_done);
    assert_eq!(found.kind(), FailureKind::Panic);
    assert!(!found.choices().is_empty() && found.choices().len() <= 2, "{found}");
}

#[test]
fn work_that_is_lost_amid_is_found_and_replayed() {
    let found = replayed_failure(explorer(), not_just_two_jobs_are_done);
    assert_eq!(found.kind(), FailureKind::Panic);
    assert!(!found.choices().is_empty() && found.choices().len() <= 2, "{found}");
}

#[test]
fn lost_work_is_the_same_failure_in_a_second_search() {
    for seed in 0..3 {
        let one = all_of(&failure(explorer().seed(seed), not_just_two_jobs_are_done));
        assert_eq!(one.1, FailureKind::Panic);
        assert_eq!(all_of(&failure(explorer().seed(seed), not_just_two_jobs_are_done)), one, "seed {seed}");
    }
}

#[test]
fn lost_work_is_replayed_from_the_text_of_its_schedule() {
    for explorer in [explorer(), explorer().shrink(false)] {
        let found = failure(explorer.clone(), not_just_two_jobs_are_done);
        let schedule: Schedule = found.schedule().to_string().parse().unwrap();
        let again = failure(explorer.replay(&schedule), not_just_two_jobs_are_done);
        assert_eq!((again.kind(), again.choices()), (FailureKind::Panic, found.choices()));
        assert_eq!(again.schedule(), found.schedule());
    }
}

#[test]
fn lost_work_does_not_depend_on_the_number_of_jobs() {
    let one = all_of(&failure(explorer(), not_just_two_jobs_are_done));
    assert_eq!(one.1, FailureKind::Panic);
    for _ in 0..3 {
        assert_eq!(all_of(&failure(explorer().jobs(2), not_just_two_jobs_are_done)), one);
    }
}

#[test]
fn no_choice_of_a_start_is_left_where_none_matters() {
    let found = replayed_failure(explorer(), |sim: Sim| async move {
        sim.spawn("working", work()).await.unwrap();
        assert_eq!(sim.choose(4), 0);
    });
    assert_eq!(found.kind(), FailureKind::Panic);
    assert_eq!(found.choices().len(), 1, "{found}");
}

// Select within something.

#[test]
fn a_select_within_a_select_starts_with_each() {
    let seen = determined(|_| async {
        select! { inner = first_of_two() => inner, _ = ready(()) => 2 }
    });
    assert_eq!(seen, BTreeSet::from([0, 1, 2]));
}

#[test]
fn two_selects_that_are_joined_start_in_all_four_ways() {
    let seen = determined(|_| async { tokio::join!(first_of_two(), first_of_two()) });
    assert_eq!(seen, BTreeSet::from([(0, 0), (0, 1), (1, 0), (1, 1)]));
}

#[test]
fn selects_of_an_unordered_set_of_futures_are_deterministic() {
    let seen = determined(|_| async {
        let set: FuturesUnordered<_> = (0..3).map(|at| async move { (at, first_of_two().await) }).collect();
        set.collect::<Vec<_>>().await
    });
    let starts: BTreeSet<_> = seen.into_iter().map(|mut all| (all.sort(), all).1).collect();
    assert_eq!(starts.len(), 8, "{starts:?}");
}

#[test]
fn a_select_with_preconditions_takes_all_and_ends_with_else() {
    let seen = determined(|_| async {
        let (mut a, mut b) = (queue(2).1, queue(2).1);
        let (mut has_a, mut has_b, mut order) = (true, true, Vec::new());
        loop {
            select! {
                item = a.recv(), if has_a => has_a = item.inspect(|_| order.push('a')).is_some(),
                item = b.recv(), if has_b => has_b = item.inspect(|_| order.push('b')).is_some(),
                else => return String::from_iter(order),
            }
        }
    });
    let all = ["aabb", "abab", "abba", "baab", "baba", "bbaa"].map(str::to_owned);
    assert_eq!(seen, BTreeSet::from(all));
}

#[test]
fn a_select_all_of_whose_branches_are_disabled_takes_else() {
    let seen = determined(|_| async {
        select! { _ = ready(()), if false => 0, None::<()> = ready(Some(())) => 1, else => 2 }
    });
    assert_eq!(seen, BTreeSet::from([2]));
}

// What else draws, or is drawn beside.

#[test]
fn receivers_of_a_watch_in_tasks_of_their_own_are_deterministic() {
    let seen = determined(|sim: Sim| async move {
        let (log, (sender, receiver)) = (Log::default(), watch::channel(0));
        let watching = |number| {
            let (log, mut receiver) = (log.clone(), receiver.clone());
            let task = async move {
                while receiver.changed().await.is_ok() {
                    log.lock().unwrap().push((number, *receiver.borrow_and_update()));
                }
            };
            sim.spawn("watching", task)
        };
        let tasks: Vec<_> = (0..5).map(watching).collect();
        for value in 1..3 {
            sim.settle().await;
            sender.send(value).unwrap();
        }
        sim.settle().await;
        drop(sender);
        for task in tasks {
            task.await.unwrap();
        }
        taken(&log)
    });
    assert!(seen.len() > 50, "{}", seen.len());
}

#[test]
fn a_select_over_receivers_of_a_watch_starts_with_each() {
    let seen = determined(|sim: Sim| async move {
        let (sender, mut a) = watch::channel(0);
        let (mut b, mut c) = (a.clone(), a.clone());
        let watching = sim.spawn("watching", async move {
            select! { _ = a.changed() => 0, _ = b.changed() => 1, _ = c.changed() => 2 }
        });
        sim.settle().await;
        sender.send(1).unwrap();
        watching.await.unwrap()
    });
    assert_eq!(seen, BTreeSet::from([0, 1, 2]));
}

#[test]
fn a_watch_that_is_awaited_between_selects_changes_nothing_but_the_schedule() {
    determined(|_| async {
        let (sender, mut receiver) = watch::channel(0);
        let mut firsts = Vec::new();
        for value in 1..5 {
            firsts.push(first_of_two().await);
            assert!(timeout(MILLISECOND, receiver.changed()).await.is_err());
            firsts.push(first_of_two().await);
            sender.send(value).unwrap();
            receiver.changed().await.unwrap();
        }
        firsts
    });
}

#[test]
fn a_select_of_a_raw_task_with_one_ready_branch_does_no_harm() {
    let seen = determined(|sim: Sim| async move {
        let raw = tokio::spawn(async {
            let ((_a, mut a), (_b, mut b)) = (queue(0), queue(3));
            let mut items = Vec::new();
            for _ in 0..3 {
                select! { item = a.recv() => items.extend(item), item = b.recv() => items.extend(item) }
                tokio::task::yield_now().await;
            }
            items
        });
        let ours = sim.spawn("ours", work());
        assert_eq!(raw.await.unwrap(), [0, 1, 2]);
        ours.await.unwrap()
    });
    assert!(seen.contains(&0) && seen.contains(&5), "{seen:?}");
}

#[test]
fn channels_of_futures_in_one_select_are_deterministic() {
    let seen = determined(|_| async {
        let (sender, mut items) = futures_channel::mpsc::unbounded();
        let (shutdown, mut shut_down) = futures_channel::oneshot::channel();
        for item in 0..3 {
            sender.unbounded_send(item).unwrap();
        }
        shutdown.send(()).unwrap();
        let mut taken = 0;
        loop {
            select! { _ = items.next() => taken += 1, _ = &mut shut_down => return taken }
            if taken == 3 {
                return taken;
            }
        }
    });
    assert_eq!(seen, BTreeSet::from([0, 1, 2, 3]));
}

#[test]
fn of_two_sleeps_that_end_at_once_either_wins() {
    let seen = determined(|sim: Sim| async move {
        let first = select! { _ = sleep(10 * MILLISECOND) => 0, _ = sleep(10 * MILLISECOND) => 1 };
        assert_eq!(sim.elapsed(), 10 * MILLISECOND);
        first
    });
    assert_eq!(seen, BTreeSet::from([0, 1]));
}

#[test]
fn of_a_reply_and_its_timeout_in_the_same_millisecond_either_wins() {
    let seen = determined(|sim: Sim| async move {
        let (reply, replied) = oneshot::channel();
        let replying = sim.spawn("replying", async move {
            sleep(10 * MILLISECOND).await;
            _ = reply.send(());
        });
        let in_time = select! { _ = replied => true, _ = sleep(10 * MILLISECOND) => false };
        replying.await.unwrap();
        in_time
    });
    assert_eq!(seen, BTreeSet::from([false, true]));
}

#[test]
fn a_select_that_is_aborted_while_it_waits_is_deterministic() {
    determined(|sim: Sim| async move {
        let stop = Arc::new(Notify::new());
        let stopped = stop.clone();
        let waiting = sim.spawn("waiting", async move {
            loop {
                select! { _ = stopped.notified() => return 1, _ = sleep(MILLISECOND) => {} }
            }
        });
        sim.sleep(3 * MILLISECOND).await;
        stop.notify_one();
        waiting.abort();
        waiting.await.unwrap_or(2)
    });
}

// Programs at random.

/// Takes all from queues, of which there are as many as names, and logs from which.
macro_rules! drain_all {
    ($log:ident, $task:ident, $queues:ident, $($name:ident)+) => {{
        let mut queues = $queues.iter().map(|&items| queue(items).1);
        $(let mut $name = queues.next().unwrap();)+
        loop {
            let event = select! { $(Some(_) = $name.recv() => stringify!($name),)+ else => return };
            $log.lock().unwrap().push(($task, event));
            if $log.lock().unwrap().len() % 3 == 0 {
                tokio::task::yield_now().await;
            }
        }
    }};
}

type Events = Arc<Mutex<Vec<(usize, &'static str)>>>;

async fn drain_queues(log: Events, task: usize, queues: Vec<usize>) {
    match queues.len() {
        2 => drain_all!(log, task, queues, a b),
        3 => drain_all!(log, task, queues, a b c),
        4 => drain_all!(log, task, queues, a b c d),
        _ => drain_all!(log, task, queues, a b c d e),
    }
}

async fn run_program(sim: Sim, program: Vec<Vec<usize>>) -> Vec<(usize, &'static str)> {
    let log = Events::default();
    let draining = |(task, queues)| sim.spawn("draining", drain_queues(log.clone(), task, queues));
    let tasks: Vec<_> = program.into_iter().enumerate().map(draining).collect();
    for task in tasks {
        task.await.unwrap();
    }
    std::mem::take(&mut *log.lock().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// How many items each queue of each task holds.
    #[test]
    fn a_program_of_select_loops_does_the_same_under_the_same_seed(
        program in prop::collection::vec(prop::collection::vec(0_usize..5, 2..=5), 1..=4),
        seed: u64,
    ) {
        let events = || {
            let program = program.clone();
            each_seen(Explorer::new().schedules(8).seed(seed), move |sim| run_program(sim, program.clone()))
        };
        let first = events();
        prop_assert_eq!(&first, &events());
        let items = program.iter().flatten().sum::<usize>();
        prop_assert!(first.iter().all(|events| events.len() == items));
    }
}

#[test]
fn many_tasks_each_with_a_name_of_its_own_are_deterministic() {
    let seen = determined_with(Explorer::new().schedules(20), |sim: Sim| async move {
        let log = Log::default();
        let tasks: Vec<_> = (0..150).map(|task| sim.spawn(&format!("task {task}"), drain(log.clone(), task))).collect();
        for task in tasks {
            task.await.unwrap();
        }
        taken(&log)
    });
    assert_eq!(seen.len(), 20);
}

/// In some schedules only does the task come to its `select!`: what others know of it is to change nothing.
async fn sometimes_selects(sim: Sim) -> Vec<usize> {
    let log = Log::default();
    let tasks: Vec<_> = (0..3).map(|task| sim.spawn("drain", drain(log.clone(), task))).collect();
    let (flag, seen) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(Vec::new())));
    let racing: Vec<_> = (0..4)
        .map(|task| {
            let (flag, seen) = (flag.clone(), seen.clone());
            sim.spawn("racing", async move {
                tokio::task::yield_now().await;
                let place = {
                    let mut flag = flag.lock().unwrap();
                    *flag += 1;
                    *flag
                };
                if task == place {
                    let from = first_of_two().await;
                    seen.lock().unwrap().push(10 * task + from);
                }
            })
        })
        .collect();
    for task in tasks.into_iter().chain(racing) {
        task.await.unwrap();
    }
    let mut seen = std::mem::take(&mut *seen.lock().unwrap());
    seen.extend(taken(&log).into_iter().map(|(task, from)| 100 * task + from));
    seen
}

#[test]
fn what_a_schedule_does_depends_on_no_other() {
    let all = |jobs| each_seen(explorer().jobs(jobs), sometimes_selects);
    let (mut one, mut three) = (all(1), all(3));
    one.sort();
    three.sort();
    assert_eq!(one, three);
    for seen in one.iter().step_by(40) {
        let seen = seen.clone();
        replayed_failure(explorer().shrink(false), move |sim| {
            let seen = seen.clone();
            async move { assert_ne!(sometimes_selects(sim).await, seen) }
        });
    }
}

// In tasks of `tokio::spawn`, which are not ours.

#[test]
fn a_select_of_a_raw_task_starts_with_either() {
    assert_eq!(determined(|_| async { tokio::spawn(first_of_two()).await.unwrap() }), BTreeSet::from([0, 1]));
}

#[test]
fn a_raw_worker_hears_its_shutdown_before_and_behind_its_work() {
    let seen = determined(|_| async {
        let ((jobs, mut receiver), (shutdown, mut stop)) = (queue(0), queue(0));
        let working = tokio::spawn(async move {
            let mut done = 0;
            loop {
                select! {
                    Some(_) = receiver.recv() => done += 1,
                    _ = stop.recv() => return done,
                }
            }
        });
        jobs.send(0).unwrap();
        jobs.send(1).unwrap();
        shutdown.send(0).unwrap();
        working.await.unwrap()
    });
    assert_eq!(seen, BTreeSet::from([0, 1, 2]));
}

#[test]
fn a_select_of_a_raw_task_that_a_timer_wakes_is_deterministic() {
    determined(|_| async {
        let waiting = tokio::spawn(async {
            select! { () = sleep(MILLISECOND) => 0, () = sleep(MILLISECOND) => 1 }
        });
        waiting.await.unwrap()
    });
}

#[test]
fn selects_of_raw_tasks_and_of_others_are_deterministic() {
    determined(|sim: Sim| async move {
        let raw: Vec<_> = (0..3).map(|_| tokio::spawn(first_of_two())).collect();
        let ours: Vec<_> = (0..2).map(|_| sim.spawn("ours", first_of_two())).collect();
        let mut log = Vec::new();
        for task in raw {
            log.push(task.await.unwrap());
        }
        for task in ours {
            log.push(task.await.unwrap());
        }
        log
    });
}
