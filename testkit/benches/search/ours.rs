//! The bugs under testkit.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use testkit::{Explorer, Strategy};

use crate::bugs::{Bug, Scenario};
use crate::sample::Sample;
use crate::{MOST, PASSING, TIME};

/// What is measured, by what it is called in the tables.
pub(crate) const STRATEGIES: [Strategy; 5] =
    [Strategy::Auto, Strategy::Random, Strategy::Pct(3), Strategy::Pos, Strategy::Surw];

/// Runs schedules of the bug until one fails.
///
/// The search is over when its thread drops the test of the schedule that fails; what follows explains it.
/// Whether the failure is made smaller, too, only the time of the report depends on.
pub(crate) fn first_failure(bug: &Bug, strategy: Strategy, seed: u64, shrinks: bool) -> Sample {
    let wrong = bug.wrong;
    let watch = Arc::new(Watch::default());
    let watching = watch.clone();
    let begun = Instant::now();
    let explorer = Explorer::new().strategy(strategy).seed(seed).schedules(MOST).time(TIME).shrink(shrinks);
    let outcome = explorer.run(move |_| {
        let is_search = *watching.thread.get_or_init(|| thread::current().id()) == thread::current().id();
        Watched { test: wrong(), begun, watch: is_search.then(|| watching.clone()) }
    });
    let report = begun.elapsed();
    let Some(failure) = outcome.failure() else {
        return Sample { is_found: false, schedules: outcome.schedules_run(), time: report, report };
    };
    let time = Duration::from_nanos(watch.over.load(Ordering::Relaxed));
    Sample { is_found: true, schedules: failure.found_after(), time, report }
}

/// How long a schedule of the fixed twin takes, what is done once included.
pub(crate) fn passing(bug: &Bug, strategy: Strategy) -> Duration {
    let fixed = bug.fixed;
    let begun = Instant::now();
    let outcome = Explorer::new().strategy(strategy).schedules(PASSING).run(move |_| fixed());
    let time = begun.elapsed() / PASSING as u32;
    assert!(outcome.failure().is_none(), "the fixed `{}` passes", bug.name);
    time
}

/// What is known of the runs of the search, in nanoseconds.
#[derive(Default)]
struct Watch {
    /// Which thread searches; another explains.
    thread: OnceLock<ThreadId>,
    /// When the last was over, from the beginning of the search.
    over: AtomicU64,
}

struct Watched {
    test: Scenario,
    begun: Instant,
    watch: Option<Arc<Watch>>,
}

impl Future for Watched {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.test.as_mut().poll(context)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(watch) = &self.watch {
            watch.over.store(self.begun.elapsed().as_nanos() as u64, Ordering::Relaxed);
        }
    }
}
