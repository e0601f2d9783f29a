//! Plain `tokio::select!`: the branch that it starts with is a choice in the schedule, which a replay repeats.

mod branches;
mod bugs;
mod programs;
mod raw_tasks;
mod sources;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::future::Future;
use std::sync::{Arc, Mutex};

use testkit::{Explorer, Sim};
use tokio::select;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::support::{each_seen, replayed_failure};

/// Number of outcomes to replay. Each report takes a while.
const REPLAYED: usize = 2;

fn explorer() -> Explorer {
    Explorer::new().schedules(200)
}

/// Returns the outcomes of all runs. Asserts that a second search has the same outcomes, and that a test that fails on
/// one of the first [`REPLAYED`] outcomes is replayed.
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

/// Calls [`determined_with`] with 200 schedules.
#[track_caller]
fn determined<T, F, R>(test: F) -> BTreeSet<T>
where
    T: Ord + Clone + Debug + Send + Sync + 'static,
    F: Fn(Sim) -> R + Send + Sync + Clone + 'static,
    R: Future<Output = T> + 'static,
{
    determined_with(explorer(), test)
}

/// Creates a queue that holds this many items.
fn queue(items: usize) -> (UnboundedSender<usize>, UnboundedReceiver<usize>) {
    let (sender, receiver) = unbounded_channel();
    for item in 0..items {
        sender.send(item).unwrap();
    }
    (sender, receiver)
}

/// Returns the one of two ready queues from which an item is taken.
async fn first_of_two() -> usize {
    let ((_a, mut a), (_b, mut b)) = (queue(1), queue(1));
    select! { _ = a.recv() => 0, _ = b.recv() => 1 }
}

/// Returns how many of five queued jobs are done before the worker receives the shutdown, which has already been sent.
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

type Log = Arc<Mutex<Vec<(usize, usize)>>>;

fn taken(log: &Log) -> Vec<(usize, usize)> {
    std::mem::take(&mut *log.lock().unwrap())
}

/// Empties two queues, and logs the queue of each item.
async fn drain(log: Log, task: usize) {
    let (mut a, mut b) = (queue(3).1, queue(3).1);
    loop {
        let from = select! { Some(_) = a.recv() => 0, Some(_) = b.recv() => 1, else => return };
        log.lock().unwrap().push((task, from));
    }
}
