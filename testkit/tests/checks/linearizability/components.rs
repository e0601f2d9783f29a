//! Checks of correct and incorrect components: each bug is found with a small program.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::Arc;

use proptest::prelude::*;
use testkit::linearizability::{Failure, Model, ReferenceStateMachine};
use tokio::sync::{Mutex, RwLock};
use tokio::task::yield_now;

use super::fresh;
use super::models::{Access, CAPACITY, Count, Counter, Full, Get, Line, Pop, Push, Put, Queue, Register};

/// Asserts that the check failed with a program of this many operations. Prints the report.
#[track_caller]
fn of_operations<M: Model>(counts: RangeInclusive<usize>, failure: Option<&Failure<M>>) {
    let failure = failure.expect("it is wrong");
    println!("{failure}");
    assert!(failure.not_linearizable().is_some(), "{failure}");
    assert!(counts.contains(&failure.program().operations()), "{failure}");
}

/// A value in a mutex that is held across an await.
async fn access(value: Arc<RwLock<u8>>, access: Access) -> u8 {
    match access {
        Put(new) => {
            let mut value = value.write().await;
            yield_now().await;
            *value = new;
            new
        }
        Get => {
            let value = value.read().await;
            yield_now().await;
            *value
        }
    }
}

#[test]
fn a_value_behind_a_lock_is_linearizable() {
    let outcome = fresh::<Register>().run(|_, value| async move { Arc::new(RwLock::new(value)) }, access);
    assert!(outcome.failure().is_none(), "{outcome:?}");
    assert_eq!(outcome.programs_run(), 256);
    assert_eq!(outcome.schedules_run(), 256 * 20);
}

#[test]
fn a_lost_update_is_found() {
    async fn count(value: Arc<Mutex<u32>>, operation: Count) -> Option<u32> {
        let read = *value.lock().await;
        match operation {
            Count::Increment => {
                *value.lock().await = read + 1;
                None
            }
            Count::Read => Some(read),
        }
    }
    let outcome = fresh::<Counter>().run(|_, value| async move { Arc::new(Mutex::new(value)) }, count);
    of_operations(3..=3, outcome.failure());
}

/// A cache of the value that was read last.
struct Cached {
    store: Mutex<u8>,
    cache: Mutex<Option<u8>>,
}

impl Cached {
    async fn call(self: Arc<Self>, access: Access) -> u8 {
        match access {
            Put(value) => {
                *self.store.lock().await = value;
                *self.cache.lock().await = None;
                value
            }
            Get => {
                if let Some(value) = *self.cache.lock().await {
                    return value;
                }
                let value = *self.store.lock().await;
                yield_now().await; // the response travels back from the store
                *self.cache.lock().await = Some(value);
                value
            }
        }
    }
}

#[test]
fn a_stale_read_is_found() {
    let cached = |_, value| async move { Arc::new(Cached { store: Mutex::new(value), cache: Mutex::new(None) }) };
    let outcome = fresh::<Register>().run(cached, Cached::call);
    of_operations(3..=3, outcome.failure());
}

type Items = Arc<Mutex<VecDeque<u8>>>;

async fn items(_: testkit::Sim, items: VecDeque<u8>) -> Items {
    Arc::new(Mutex::new(items))
}

#[test]
fn a_push_that_checks_the_capacity_without_the_lock_is_found() {
    async fn line(items: Items, operation: Line) -> Result<Option<u8>, Full> {
        match operation {
            Push(item) => {
                if items.lock().await.len() == CAPACITY {
                    return Err(Full);
                }
                items.lock().await.push_back(item);
                Ok(None)
            }
            Pop => Ok(items.lock().await.pop_front()),
        }
    }
    let outcome = fresh::<Queue>().run(items, line);
    of_operations(2..=3, outcome.failure());
}

#[test]
fn a_pop_that_returns_an_item_twice_is_found() {
    async fn line(items: Items, operation: Line) -> Result<Option<u8>, Full> {
        match operation {
            Push(item) => {
                let mut items = items.lock().await;
                let has_room = items.len() < CAPACITY;
                has_room.then(|| items.push_back(item)).map(|()| None).ok_or(Full)
            }
            Pop => {
                let first = items.lock().await.front().copied();
                if first.is_some() {
                    items.lock().await.pop_front();
                }
                Ok(first)
            }
        }
    }
    let outcome = fresh::<Queue>().run(items, line);
    of_operations(2..=3, outcome.failure());
}

/// A stock of items. An operation takes some of them and returns whether there were enough.
struct Stock;

impl ReferenceStateMachine for Stock {
    type State = u32;
    type Transition = u32;

    fn init_state() -> BoxedStrategy<u32> {
        (0_u32..10).boxed()
    }

    fn transitions(_: &u32) -> BoxedStrategy<u32> {
        (1_u32..5).boxed()
    }

    fn apply(left: u32, pieces: &u32) -> u32 {
        left.checked_sub(*pieces).unwrap_or(left)
    }
}

impl Model for Stock {
    type Response = bool;

    fn respond(left: &u32, pieces: &u32) -> bool {
        left >= pieces
    }
}

#[test]
fn the_initial_state_is_chosen_so_that_few_operations_fail() {
    let outcome = fresh::<Stock>().run(
        |_, left| async move { Arc::new(Mutex::new(left)) },
        |stock: Arc<Mutex<u32>>, pieces| async move {
            let left = *stock.lock().await;
            if left < pieces {
                return false;
            }
            *stock.lock().await = left - pieces;
            true
        },
    );
    of_operations(2..=2, outcome.failure());
}

#[test]
fn a_failure_without_concurrency_is_shrunk_to_no_clients() {
    let forgets = |_, _| async { Arc::new(()) };
    let outcome = fresh::<Register>().run(forgets, |_, _| async { 0 });
    of_operations(1..=1, outcome.failure());
    assert_eq!(format!("{:?}", outcome.failure().unwrap().program()), "Program::new(0).before([Put(1)])");
}
