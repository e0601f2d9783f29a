//! Random programs of `select!` loops behave the same under the same seed.

use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use testkit::{Explorer, Sim};
use tokio::select;

use super::{Log, determined_with, drain, explorer, first_of_two, queue, taken};
use crate::support::{each_seen, replayed_failure};

/// Empties the queues, one per name, and logs the queue of each item.
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

    /// A program gives the number of items in each queue of each task.
    #[test]
    fn a_program_of_select_loops_is_deterministic_for_a_seed(
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
fn many_tasks_with_different_names_are_deterministic() {
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

/// Some tasks reach their `select!` only under some schedules. What one run learns about it must not change other runs.
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
fn a_run_does_not_depend_on_other_runs() {
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
