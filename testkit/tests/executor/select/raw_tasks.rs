//! `select!` in raw tasks (tasks spawned with `tokio::spawn`) is also explored.

use std::collections::BTreeSet;

use testkit::Sim;
use tokio::select;
use tokio::time::sleep;

use super::{determined, first_of_two, queue};
use crate::support::MILLISECOND;

#[test]
fn a_select_in_a_raw_task_starts_with_either_branch() {
    assert_eq!(determined(|_| async { tokio::spawn(first_of_two()).await.unwrap() }), BTreeSet::from([0, 1]));
}

#[test]
fn a_raw_worker_receives_its_shutdown_before_and_after_its_work() {
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
fn a_select_in_a_raw_task_woken_by_a_timer_is_deterministic() {
    determined(|_| async {
        let waiting = tokio::spawn(async {
            select! { () = sleep(MILLISECOND) => 0, () = sleep(MILLISECOND) => 1 }
        });
        waiting.await.unwrap()
    });
}

#[test]
fn selects_in_raw_tasks_and_other_tasks_are_deterministic() {
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
