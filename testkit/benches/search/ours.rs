//! The bugs under testkit.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use testkit::{Explorer, FailureKind, Strategy};

use crate::bugs::{Bug, Scenario};
use crate::sample::Sample;
use crate::{MOST, PASSING, TIME};

/// What is measured, by what it is called in the tables.
pub(crate) const STRATEGIES: [Strategy; 5] =
    [Strategy::Auto, Strategy::Random, Strategy::Pct(3), Strategy::Pos, Strategy::Surw];

/// How long testkit waits for other threads to wake a task before it tells of a deadlock. It is asleep meanwhile.
const WAIT: Duration = Duration::from_millis(50);

/// Runs schedules of the bug until one fails.
///
/// The search is over when its thread drops the test of the schedule that fails; what follows explains it. Runs that were
/// given other threads' [`WAIT`] are left out of `time`, which reckons the schedule that fails as long as the mean of those
/// before it.
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
        return Sample { is_found: false, schedules: outcome.schedules_run(), time: report, waited: report, report };
    };
    let schedules = failure.found_after();
    let [waited, slept] = [&watch.over, &watch.slept].map(|time| Duration::from_nanos(time.load(Ordering::Relaxed)));
    let awake = waited - slept;
    let has_waited = failure.kind() != FailureKind::Panic && !slept.is_zero();
    let time = if has_waited { awake + awake / (schedules as u32 - 1).max(1) } else { waited };
    Sample { is_found: true, schedules, time, waited, report }
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
    /// How long those took together that may have waited for other threads.
    slept: AtomicU64,
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
            let over = self.begun.elapsed().as_nanos() as u64;
            let run = over - watch.over.swap(over, Ordering::Relaxed);
            if Duration::from_nanos(run) >= WAIT {
                watch.slept.fetch_add(run, Ordering::Relaxed);
            }
        }
    }
}
