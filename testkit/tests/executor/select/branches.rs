//! The branch that a `select!` polls first: alone, in loops and nested.

use std::collections::BTreeSet;
use std::future::ready;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use testkit::{Explorer, Schedule, Scheduler as Order, Sim};
use tokio::select;

use super::{Log, determined, determined_with, drain, explorer, first_of_two, queue, taken, work};
use crate::support::{MILLISECOND, passes};

#[test]
fn a_select_with_two_branches_starts_with_either() {
    assert_eq!(determined(|_| first_of_two()), BTreeSet::from([0, 1]));
}

#[test]
fn a_select_with_three_branches_starts_with_each() {
    let seen = determined(|_| async {
        let ((_a, mut a), (_b, mut b), (_c, mut c)) = (queue(1), queue(1), queue(1));
        select! { _ = a.recv() => 0, _ = b.recv() => 1, _ = c.recv() => 2 }
    });
    assert_eq!(seen, BTreeSet::from([0, 1, 2]));
}

#[test]
fn a_select_with_four_branches_starts_with_most() {
    let seen = determined(|_| async {
        select! { _ = ready(()) => 0, _ = ready(()) => 1, _ = ready(()) => 2, _ = ready(()) => 3 }
    });
    assert!(seen.len() >= 3, "{seen:?}");
}

#[test]
fn a_select_in_a_task_spawned_with_sim_starts_with_either_branch() {
    let seen = determined(|sim: Sim| async move { sim.spawn("a", first_of_two()).await.unwrap() });
    assert_eq!(seen, BTreeSet::from([0, 1]));
}

#[test]
fn a_select_in_a_task_spawned_with_a_spawner_starts_with_either_branch() {
    let seen = determined(|sim: Sim| async move { sim.spawner().spawn("a", first_of_two()).await.unwrap() });
    assert_eq!(seen, BTreeSet::from([0, 1]));
}

#[test]
fn a_select_in_a_task_spawned_with_di_core_starts_with_either_branch() {
    let seen = determined(|_| async { di_core::task::spawn(first_of_two()).await.unwrap() });
    assert_eq!(seen, BTreeSet::from([0, 1]));
}

#[test]
fn a_select_starts_with_either_branch_without_preemption() {
    let seen = determined_with(explorer().preempt(false), |sim: Sim| async move {
        (first_of_two().await, sim.spawn("a", first_of_two()).await.unwrap())
    });
    assert_eq!(seen, BTreeSet::from([(0, 0), (0, 1), (1, 0), (1, 1)]));
}

#[test]
fn a_biased_select_starts_with_the_first_branch() {
    let seen = determined(|_| async {
        select! { biased; _ = ready(()) => 0, _ = ready(()) => 1 }
    });
    assert_eq!(seen, BTreeSet::from([0]));
}

#[test]
fn di_cores_select_starts_with_either_branch_beside_a_plain_select() {
    let seen = determined(|_| async {
        let ours = di_core::select! { _ = ready(()) => 0, _ = ready(()) => 1 };
        (ours, first_of_two().await)
    });
    assert_eq!(seen, BTreeSet::from([(0, 0), (0, 1), (1, 0), (1, 1)]));
}

#[test]
fn the_first_ready_branch_wins_under_fifo() {
    passes(explorer().scheduler(Order::Fifo), |sim: Sim| async move {
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
fn every_select_of_a_long_loop_starts_with_the_first_branch_under_fifo() {
    passes(explorer().scheduler(Order::Fifo), |_| async {
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

#[test]
fn two_selects_in_one_poll_start_in_all_four_ways() {
    let seen = determined(|_| async { (first_of_two().await, first_of_two().await) });
    assert_eq!(seen, BTreeSet::from([(0, 0), (0, 1), (1, 0), (1, 1)]));
}

#[test]
fn a_worker_receives_its_shutdown_before_during_and_after_its_work() {
    for explorer in [explorer(), explorer().preempt(false)] {
        let seen = determined_with(explorer, |sim: Sim| async move { sim.spawn("working", work()).await.unwrap() });
        assert!(seen.contains(&0) && seen.contains(&5), "{seen:?}");
        assert!(seen.range(1..5).next().is_some(), "{seen:?}");
    }
}

#[test]
fn a_loop_over_more_than_one_poll_is_deterministic() {
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
fn two_tasks_with_select_loops_are_deterministic() {
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
fn a_waiting_select_chooses_its_start_at_each_wake() {
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

#[test]
fn a_nested_select_starts_with_each_branch() {
    let seen = determined(|_| async {
        select! { inner = first_of_two() => inner, _ = ready(()) => 2 }
    });
    assert_eq!(seen, BTreeSet::from([0, 1, 2]));
}

#[test]
fn two_joined_selects_start_in_all_four_ways() {
    let seen = determined(|_| async { tokio::join!(first_of_two(), first_of_two()) });
    assert_eq!(seen, BTreeSet::from([(0, 0), (0, 1), (1, 0), (1, 1)]));
}

#[test]
fn selects_in_a_futures_unordered_are_deterministic() {
    let seen = determined(|_| async {
        let set: FuturesUnordered<_> = (0..3).map(|at| async move { (at, first_of_two().await) }).collect();
        set.collect::<Vec<_>>().await
    });
    let starts: BTreeSet<_> = seen.into_iter().map(|mut all| (all.sort(), all).1).collect();
    assert_eq!(starts.len(), 8, "{starts:?}");
}

#[test]
fn a_select_with_preconditions_empties_all_queues_and_takes_else() {
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
fn a_select_with_all_branches_disabled_takes_else() {
    let seen = determined(|_| async {
        select! { _ = ready(()), if false => 0, None::<()> = ready(Some(())) => 1, else => 2 }
    });
    assert_eq!(seen, BTreeSet::from([2]));
}
