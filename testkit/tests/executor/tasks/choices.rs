//! Choices made by the test: `choose`, `cancel_anywhere` and entropy.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use di_core::task;
use testkit::{Explorer, FailureKind, Sim};

use super::{Log, log, taken};
use crate::support::{SECOND, assert_report_contains, failure, passes, seen};

#[test]
fn all_alternatives_are_chosen() {
    let chosen = seen(|sim: Sim| async move { (sim.choose(3), sim.choose(2)) });
    assert_eq!(chosen.len(), 6);
    assert_eq!(seen(|sim: Sim| async move { sim.choose(1) }), BTreeSet::from([0]));
}

#[test]
fn a_choice_is_replayed_and_shrunk() {
    let test = |sim: Sim| async move {
        let chosen: Vec<_> = (0..20).map(|_| sim.choose(4)).collect();
        assert_ne!(chosen[13], 2);
    };
    let failure = failure(Explorer::new(), test);
    assert_eq!(failure.choices().len(), 1, "{failure}");
    assert_eq!(failure.choices()[0].to_string(), "step 1  chose 2 for choice 14 of `main`");
    let again = Explorer::new().replay(failure.schedule()).run(test);
    assert_eq!(again.failure().unwrap().choices(), failure.choices());
}

#[test]
fn the_closure_of_a_test_may_make_choices() {
    let chosen = seen(|sim: Sim| {
        let chosen = sim.choose(3);
        async move { chosen }
    });
    assert_eq!(chosen.len(), 3);
}

#[test]
fn a_task_spawned_by_the_closure_of_a_test_is_not_the_main_task() {
    let is_over = Arc::new(AtomicUsize::new(0));
    let over = is_over.clone();
    passes(Explorer::new().schedules(20).check_determinism(false), move |sim: Sim| {
        let handle = sim.spawn("early", async {});
        let over = over.clone();
        async move {
            handle.await.unwrap();
            sim.settle().await;
            assert_eq!(sim.tasks()[0].name(), "main");
            over.fetch_add(1, Ordering::Relaxed);
        }
    });
    assert_eq!(is_over.load(Ordering::Relaxed), 20);
}

#[test]
fn cancel_anywhere_drops_a_future_at_each_of_its_awaits() {
    let reached = seen(|sim: Sim| async move {
        let steps = Log::default();
        let own = steps.clone();
        let output = sim.cancel_anywhere(async move {
            for step in 0..3 {
                log(own.clone(), step).await;
                task::yield_now().await;
            }
            7
        });
        let output = output.await;
        (taken(&steps).len(), output)
    });
    let expected = [(1, None), (2, None), (3, None), (3, Some(7))];
    assert_eq!(reached, BTreeSet::from(expected));
}

#[test]
fn cancel_anywhere_drops_a_future_that_was_woken_and_not_polled_again() {
    /// Hands out a value when it is woken, and loses it if it is dropped before its next poll.
    struct Receive(Arc<Mutex<(Option<Waker>, bool)>>);
    impl Future for Receive {
        type Output = ();
        fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
            let (waker, is_handed_over) = &mut *self.0.lock().unwrap();
            if *is_handed_over {
                return Poll::Ready(());
            }
            *waker = Some(context.waker().clone());
            Poll::Pending
        }
    }
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        let slot = Arc::new(Mutex::new((None::<Waker>, false)));
        let receiving = sim.cancel_anywhere(Receive(slot.clone()));
        let receiving = sim.spawn("receiving", receiving);
        sim.sleep(SECOND).await;
        let is_handed_over = {
            let (waker, is_handed_over) = &mut *slot.lock().unwrap();
            *is_handed_over = waker.take().map(Waker::wake).is_some() && !receiving.is_finished();
            *is_handed_over
        };
        assert_eq!(receiving.await.unwrap().is_some(), is_handed_over, "the value is lost");
    });
    assert_eq!(failure.choices().len(), 1, "{failure}");
}

#[test]
fn a_cancellation_is_replayed_and_shrunk() {
    let test = |sim: Sim| async move {
        let held = Arc::new(tokio::sync::Mutex::new(0));
        let own = held.clone();
        let updating = sim.cancel_anywhere(async move {
            *own.lock().await += 1;
            task::yield_now().await;
            *own.lock().await -= 1;
        });
        updating.await;
        assert_eq!(*held.lock().await, 0);
    };
    let failure = failure(Explorer::new(), test);
    assert_eq!(failure.choices().len(), 1, "{failure}");
    let again = Explorer::new().replay(failure.schedule()).run(test);
    assert_eq!(again.failure().unwrap().choices(), failure.choices());
}

#[test]
fn the_report_of_a_cancellation_says_that_the_future_was_dropped() {
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        let output = sim.cancel_anywhere(task::yield_now()).await;
        assert!(output.is_some());
    });
    assert_report_contains(&failure, &["dropped the future of `main`"]);
}

#[test]
fn entropy_depends_on_the_seed() {
    let numbers = |seed| {
        let all = Arc::new(Mutex::new(Vec::new()));
        let seen = all.clone();
        passes(Explorer::new().seed(seed).schedules(10).check_determinism(false), move |sim: Sim| {
            let seen = seen.clone();
            async move { seen.lock().unwrap().push((sim.entropy().next_u64(), sim.entropy().next_u64())) }
        });
        std::mem::take(&mut *all.lock().unwrap())
    };
    let first = numbers(1);
    assert_eq!(first, numbers(1));
    assert_ne!(first, numbers(2));
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 10);
    assert_ne!(first[0].0, first[0].1);
}

#[test]
fn entropy_is_replayed() {
    let test = |sim: Sim| async move {
        let number = sim.entropy().in_range(0..10);
        assert_ne!(number, 3, "three");
    };
    let failure = failure(Explorer::new().seed(9), test);
    let again = Explorer::new().replay(failure.schedule()).run(test);
    assert_eq!(again.failure().unwrap().kind(), FailureKind::Panic);
}

#[test]
fn a_cancelled_sleep_is_not_reported_as_a_lost_wakeup() {
    passes(Explorer::new().schedules(400), |sim| async move {
        let slept = sim.cancel_anywhere(async {
            tokio::time::sleep(SECOND).await;
            tokio::time::sleep(SECOND).await;
        });
        slept.await;
    });
}
