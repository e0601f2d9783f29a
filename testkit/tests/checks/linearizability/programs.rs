//! Programs of operations: generation, execution and shrinking.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, RngSeed};
use testkit::linearizability::{Answer, Check, Model, Outcome, Program, ReferenceStateMachine};
use testkit::{Explorer, FailureKind, Sim};
use tokio::sync::Notify;
use tokio::task::yield_now;

use super::models::{Access, Full, Get, Line, Pop, Push, Put, Queue, Register};
use super::{config, fresh};
use crate::support::{printed, run_alone};

type Value = Arc<Mutex<u8>>;

async fn value(_: Sim, value: u8) -> Value {
    Arc::new(Mutex::new(value))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts a value between two awaits, and may be cancelled at either of them.
async fn put_slowly(value: Value, new: u8) -> u8 {
    yield_now().await;
    *lock(&value) = new;
    yield_now().await;
    new
}

/// Checks a register with puts that may be cancelled. `answer` is the response of a cancelled put.
fn cancelled(check: Check<Register>, answer: fn(u8) -> Answer<u8>) -> Outcome<Register> {
    check.run(value, move |value, access| async move {
        match access {
            Get => Answer::Returned(*lock(&value)),
            Put(new) => {
                let put = Sim::current().cancel_anywhere(put_slowly(value, new)).await;
                put.map_or_else(|| answer(new), Answer::Returned)
            }
        }
    })
}

#[test]
fn a_cancelled_operation_may_have_taken_effect_or_not() {
    let outcome = cancelled(fresh(), |_| Answer::Unknown);
    assert!(outcome.failure().is_none(), "{outcome:?}");
}

#[test]
fn a_cancelled_operation_that_is_reported_as_done_is_found() {
    let outcome = cancelled(fresh(), Answer::Returned);
    let failure = outcome.failure().expect("a put may not have taken effect");
    assert_eq!(failure.program().operations(), 2, "{failure}");
    assert_eq!(failure.run().choices().len(), 1, "{failure}");
}

/// A queue with a `pop` that waits for an item.
#[derive(Default)]
struct Waiting {
    items: Mutex<VecDeque<u8>>,
    pushed: Notify,
}

impl Waiting {
    async fn make(_: Sim, items: VecDeque<u8>) -> Arc<Self> {
        Arc::new(Waiting { items: Mutex::new(items), pushed: Notify::new() })
    }

    async fn call(self: Arc<Self>, operation: Line) -> Result<Option<u8>, Full> {
        match operation {
            Push(item) => {
                let mut items = lock(&self.items);
                if items.len() == super::models::CAPACITY {
                    return Err(Full);
                }
                items.push_back(item);
                self.pushed.notify_one();
                Ok(None)
            }
            Pop => loop {
                let first = lock(&self.items).pop_front();
                if first.is_some() {
                    return Ok(first);
                }
                self.pushed.notified().await;
            },
        }
    }
}

#[test]
fn an_operation_that_never_returns_is_a_deadlock() {
    let outcome = fresh::<Queue>().run(Waiting::make, Waiting::call);
    let failure = outcome.failure().expect("nobody pushes");
    assert_eq!(failure.run().kind(), FailureKind::Deadlock);
    assert!(failure.not_linearizable().is_none());
    assert_eq!(failure.program().operations(), 1, "{failure}");
    let report = failure.to_string();
    assert!(report.contains("  main       |-- Pop -> ? -->\n"), "{report}");
}

#[test]
fn an_operation_that_times_out_is_unknown() {
    let outcome = fresh::<Queue>().timeout(Duration::from_secs(5)).run(Waiting::make, Waiting::call);
    assert!(outcome.failure().is_none(), "{outcome:?}");
}

#[test]
fn a_panic_is_reported_with_its_client() {
    let outcome = fresh::<Register>().clients(2).run(value, |value, access| async move {
        let before = *lock(&value);
        yield_now().await;
        if let Put(new) = access {
            assert_eq!(*lock(&value), before, "another put interfered");
            *lock(&value) = new;
            return new;
        }
        *lock(&value)
    });
    let failure = outcome.failure().expect("two puts may overlap");
    let report = failure.to_string();
    assert_eq!(failure.run().kind(), FailureKind::Panic);
    assert!(report.starts_with("panic: task "), "{report}");
    assert!(report.contains("`client ") && report.contains("another put interfered"), "{report}");
    assert_eq!(format!("{:?}", failure.program()), "Program::new(0).client([Put(1)]).client([Put(1)])");
}

/// A put that may be interleaved with another.
async fn racy(value: Value, access: Access) -> u8 {
    let before = *lock(&value);
    match access {
        Get => before,
        Put(new) => {
            *lock(&value) = new;
            yield_now().await;
            // This may be the value of another put.
            *lock(&value)
        }
    }
}

#[test]
fn a_program_and_a_schedule_reproduce_the_failure() {
    let outcome = fresh::<Register>().run(value, racy);
    let failure = outcome.failure().expect("it is wrong");
    let explorer = Explorer::new().replay(failure.run().schedule());
    let again = fresh::<Register>().only(failure.program().clone()).explorer(explorer).run(value, racy);
    let again = again.failure().expect("it fails again");
    let text = |refused: Option<&testkit::linearizability::NotLinearizable>| refused.map(ToString::to_string);
    assert_eq!(text(again.not_linearizable()), text(failure.not_linearizable()));
    assert_eq!(again.run().choices(), failure.run().choices());
}

#[test]
fn a_given_program_runs_as_written() {
    let seen: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let seeing = seen.clone();
    let program = Program::new(0).before([Put(1)]).client([Put(2), Get]).client([Put(3)]).after([Get]);
    assert_eq!(program.operations(), 5);
    assert_eq!(
        format!("{program:?}"),
        "Program::new(0).before([Put(1)]).client([Put(2), Get]).client([Put(3)]).after([Get])"
    );
    let outcome = fresh::<Register>().only(program).run(value, move |value, access| {
        let seen = seeing.clone();
        async move {
            let returned = racy(value, access).await;
            lock(&seen).insert(format!("{access:?} {returned}"));
            returned
        }
    });
    assert_eq!(outcome.programs_run(), 1);
    let seen = lock(&seen);
    assert!(seen.contains("Put(2) 3") && seen.contains("Get 3") && !seen.contains("Put(1) 2"), "{seen:?}");
}

/// A machine that must be switched on before it is used. It also responds if it is used while off.
struct Machine;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lever {
    On,
    Use,
}

impl ReferenceStateMachine for Machine {
    type State = bool;
    type Transition = Lever;

    fn init_state() -> BoxedStrategy<bool> {
        Just(false).boxed()
    }

    fn transitions(_: &bool) -> BoxedStrategy<Lever> {
        prop_oneof![Just(Lever::On), Just(Lever::Use)].boxed()
    }

    fn preconditions(is_on: &bool, lever: &Lever) -> bool {
        *is_on || *lever == Lever::On
    }

    fn apply(is_on: bool, lever: &Lever) -> bool {
        is_on || *lever == Lever::On
    }
}

impl Model for Machine {
    type Response = bool;

    fn respond(is_on: &bool, _: &Lever) -> bool {
        *is_on
    }
}

#[test]
fn shrinking_keeps_the_preconditions() {
    // Every use returns a wrong response, but a program with a single use violates the precondition.
    let make = |_, is_on| async move { Arc::new(Mutex::new(is_on)) };
    let outcome = fresh::<Machine>().run(make, |is_on: Arc<Mutex<bool>>, lever| async move {
        let mut is_on = lock(&is_on);
        match lever {
            Lever::On => std::mem::replace(&mut *is_on, true),
            Lever::Use => !*is_on,
        }
    });
    let failure = outcome.failure().expect("a use is answered wrongly");
    assert_eq!(format!("{:?}", failure.program()), "Program::new(false).before([On, Use])", "{failure}");
}

#[test]
fn programs_have_the_configured_size() {
    let seen: Arc<Mutex<BTreeSet<usize>>> = Arc::default();
    let seeing = seen.clone();
    let check = fresh::<Register>().clients(2).operations(2).schedules(1).programs(300);
    let make = move |sim: Sim, value| {
        let seen = seeing.clone();
        async move {
            sim.settle().await;
            (Arc::new(Mutex::new(value)), Arc::new(Counted { calls: Mutex::new(0), seen }))
        }
    };
    let outcome = check.run(make, |(value, counted): (Value, Arc<Counted>), access| async move {
        *lock(&counted.calls) += 1;
        let mut value = lock(&value);
        *value = Register::apply(*value, &access);
        *value
    });
    assert!(outcome.failure().is_none(), "{outcome:?}");
    assert_eq!((outcome.programs_run(), outcome.schedules_run()), (300, 300));
    // The clients run two to four operations, with up to two before and up to two after.
    assert_eq!(*lock(&seen), (2..=8).collect());
}

/// Records the number of calls when it is dropped.
struct Counted {
    calls: Mutex<usize>,
    seen: Arc<Mutex<BTreeSet<usize>>>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        lock(&self.seen).insert(*lock(&self.calls));
    }
}

#[test]
fn a_failed_program_runs_first_the_next_time() {
    let file = std::env::temp_dir().join(format!("testkit-linear-{}.txt", std::process::id()));
    let name: &'static str = file.to_str().expect("the path is text").to_owned().leak();
    let run = |seed| {
        let persistence = Some(Box::new(FileFailurePersistence::Direct(name)) as _);
        let config = ProptestConfig { failure_persistence: persistence, rng_seed: RngSeed::Fixed(seed), ..config() };
        fresh::<Register>()
            .config(config)
            .run(value, |value, access| async move { if access == Put(3) { 0 } else { racy(value, access).await } })
    };
    let first = run(1);
    assert!(first.failure().is_some());
    let second = run(2);
    std::fs::remove_file(&file).expect("the program was kept");
    assert_eq!(second.programs_run(), 1);
    let program = |outcome: &Outcome<Register>| format!("{:?}", outcome.failure().expect("it fails").program());
    assert_eq!(program(&second), program(&first));
}

#[test]
fn each_program_has_its_own_schedules() {
    let seen: Arc<Mutex<BTreeSet<u64>>> = Arc::default();
    let seeing = seen.clone();
    let make = move |sim: Sim, value| {
        lock(&seeing).insert(sim.entropy().next_u64());
        self::value(sim, value)
    };
    let outcome = fresh::<Register>().programs(50).schedules(3).run(make, one_by_one);
    assert!(outcome.failure().is_none(), "{outcome:?}");
    // A few programs of one or two operations may coincide.
    assert!(lock(&seen).len() > 140, "{}", lock(&seen).len());
}

async fn one_by_one(value: Value, access: Access) -> u8 {
    let mut value = lock(&value);
    *value = Register::apply(*value, &access);
    *value
}

#[test]
fn the_environment_sets_the_number_of_programs_and_schedules() {
    let output_with =
        |variables: &[(&str, &str)]| printed(&run_alone("linearizability::programs::prints_how_many", variables));
    let text = output_with(&[("PROPTEST_CASES", "7"), ("TESTKIT_SCHEDULES", "3")]);
    assert!(text.contains("7 programs, 21 schedules"), "{text}");
    // The time limit applies to all programs together.
    let text = output_with(&[("PROPTEST_CASES", "7"), ("TESTKIT_TIME", "30s")]);
    assert!(text.contains("7 programs, 140 schedules"), "{text}");
}

#[test]
#[ignore = "run by another test, in a separate process"]
fn prints_how_many() {
    let outcome = fresh::<Register>().run(value, one_by_one);
    println!("{} programs, {} schedules", outcome.programs_run(), outcome.schedules_run());
}

#[test]
#[should_panic(expected = "proptest could not generate programs")]
fn a_model_without_programs_is_reported() {
    struct Nothing;
    impl ReferenceStateMachine for Nothing {
        type State = ();
        type Transition = ();

        fn init_state() -> BoxedStrategy<()> {
            Just(()).boxed()
        }

        fn transitions((): &()) -> BoxedStrategy<()> {
            Just(()).boxed()
        }

        fn preconditions((): &(), (): &()) -> bool {
            false
        }

        fn apply((): (), (): &()) {}
    }
    impl Model for Nothing {
        type Response = ();

        fn respond((): &(), (): &()) {}
    }
    fresh::<Nothing>().assert(|_, ()| async {}, |(), ()| async {});
}
