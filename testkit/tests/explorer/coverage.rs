//! Coverage: the number of distinct schedules, and whether it is still growing.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use testkit::{Coverage, Explorer, Scheduler, Sim};

use crate::support::{assert_report_contains, failure};

fn coverage<F, R>(explorer: Explorer, test: F) -> Coverage
where
    F: Fn(Sim) -> R + Send + Sync + 'static,
    R: Future<Output = ()> + 'static,
{
    let outcome = explorer.run(test);
    assert!(outcome.failure().is_none(), "{outcome:?}");
    println!("{}", outcome.coverage());
    outcome.coverage()
}

/// Records each poll of a future.
async fn recorded<T>(name: char, polls: Arc<Mutex<String>>, future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    std::future::poll_fn(|context| {
        polls.lock().unwrap().push(name);
        future.as_mut().poll(context)
    })
    .await
}

async fn joined(sim: Sim, names: &[&str]) {
    let tasks: Vec<_> = names.iter().map(|name| sim.spawn(name, tokio::task::yield_now())).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[test]
fn a_single_task_has_one_schedule() {
    let alone = coverage(Explorer::new(), |_| tokio::task::yield_now());
    assert_eq!((alone.schedules(), alone.new_at_end(), alone.is_estimate()), (200, 0, false));
    assert_eq!(coverage(Explorer::new(), |_| async {}).distinct(), 1);
    let unmoved =
        coverage(Explorer::new().preempt(false), |sim| async move { sim.sleep(crate::support::SECOND).await });
    assert_eq!(unmoved.distinct(), 1);
    assert!(!unmoved.is_still_growing());
}

#[test]
fn orders_of_polls_are_counted_exactly() {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let all = seen.clone();
    let explorer = Explorer::new().schedules(5_000).preempt(false);
    let counted = coverage(explorer, move |sim| {
        let (all, polls) = (all.clone(), Arc::new(Mutex::new(String::new())));
        let main = polls.clone();
        recorded('m', main, async move {
            let tasks = ['a', 'b'].map(|name| {
                let polls = polls.clone();
                sim.spawn("yields", recorded(name, polls, tokio::task::yield_now()))
            });
            for task in tasks {
                task.await.unwrap();
            }
            all.lock().unwrap().insert(polls.lock().unwrap().clone());
        })
    });
    let seen = seen.lock().unwrap();
    assert!(seen.len() >= 6, "{seen:?}");
    assert_eq!(counted.distinct(), seen.len());
    assert!(!counted.is_still_growing());
}

#[test]
fn coverage_of_many_tasks_is_still_growing() {
    let growing = coverage(Explorer::new(), |sim| joined(sim, &["a", "b", "c", "d", "e", "f", "g", "h"]));
    assert!(growing.is_still_growing());
    assert!(growing.distinct() > 190, "{growing}");
    assert!(growing.to_string().contains(" of the last 20 were new"), "{growing}");
}

#[test]
fn explicit_choices_count() {
    assert_eq!(coverage(Explorer::new(), |sim| async move { _ = sim.choose(3) }).distinct(), 3);
}

#[test]
fn entropy_does_not_count() {
    assert_eq!(coverage(Explorer::new(), |sim| async move { _ = sim.entropy().next_u64() }).distinct(), 1);
}

#[test]
fn a_preemption_counts_if_it_has_an_effect() {
    let locks = |count: usize| {
        move |_| async move {
            let mutex = tokio::sync::Mutex::new(());
            for _ in 0..count {
                drop(mutex.lock().await);
            }
        }
    };
    assert_eq!(coverage(Explorer::new(), locks(0)).distinct(), 1);
    // Without a tokio operation, a preemption has no effect and mostly goes unnoticed.
    let yields = |_| async {
        let mut has_yielded = false;
        std::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            if std::mem::replace(&mut has_yielded, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    };
    assert!(coverage(Explorer::new(), yields).distinct() <= 2);
    assert!(coverage(Explorer::new(), locks(3)).distinct() >= 4);
}

#[test]
fn coverage_does_not_depend_on_the_number_of_jobs() {
    let with = |jobs| coverage(Explorer::new().schedules(3_001).jobs(jobs), |sim| joined(sim, &["a", "b", "c"]));
    let one = with(1);
    assert!(one.distinct() > 100 && one.distinct() < 3_000, "{one}");
    for jobs in [2, 4] {
        assert_eq!(with(jobs), one, "with {jobs} jobs");
    }
}

#[test]
fn a_single_schedule_is_counted_as_one() {
    let one = coverage(Explorer::new().scheduler(Scheduler::Fifo), |sim| joined(sim, &["a", "b"]));
    assert_eq!(one.to_string(), "1 of 1 schedule was distinct");
}

#[test]
fn a_report_contains_the_coverage_so_far() {
    let found = failure(Explorer::new().check_determinism(false), |sim| async move { assert!(sim.choose(20) != 19) });
    let schedules = found.found_after();
    assert!(schedules > 1);
    assert_report_contains(&found, &["  coverage  ", &format!(" of {schedules} schedules were distinct")]);
    let first = failure(Explorer::new(), |_| async { panic!("boom") });
    assert!(!first.to_string().contains("  coverage  "), "{first}");
}
