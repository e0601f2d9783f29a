use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Ending, Method};
use crate::component;
use crate::unwind::lock;

/// Results and durations of calls, by method, as counted by [`Metered`](super::Metered) interceptors.
///
/// A component without dependencies, shared by all `Metered` interceptors of a container.
/// [`snapshot`](CallMetrics::snapshot) returns the figures as plain data, for any exporter.
#[derive(Debug, Default)]
pub struct CallMetrics {
    /// Counters by the names of trait and method.
    methods: Mutex<BTreeMap<(&'static str, &'static str), Arc<Counters>>>,
}

/// Snapshot of the figures of one method.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MethodMetrics {
    /// Name of the trait.
    pub trait_name: &'static str,
    /// Name of the method.
    pub method: &'static str,
    /// Calls that returned without an error.
    pub succeeded: u64,
    /// Calls that returned an error.
    pub failed: u64,
    /// Calls with a future that was dropped before it completed.
    pub dropped: u64,
    /// Calls that panicked.
    pub panicked: u64,
    /// Calls that have started but not ended.
    pub in_flight: u64,
    /// Total duration of all calls that have ended.
    pub total_time: Duration,
    /// Duration of the longest call that has ended.
    pub longest_time: Duration,
    /// Histogram of the durations of ended calls. Each element counts the calls that took longer than the previous one
    /// of [`BOUNDS`](MethodMetrics::BOUNDS), up to and including its own. The last element counts calls longer than all
    /// bounds.
    pub durations: [u64; MethodMetrics::BOUNDS.len() + 1],
}

impl MethodMetrics {
    /// Upper bounds of the buckets of [`durations`](MethodMetrics::durations).
    pub const BOUNDS: [Duration; 13] = [
        Duration::from_millis(1),
        Duration::from_millis(2),
        Duration::from_millis(5),
        Duration::from_millis(10),
        Duration::from_millis(20),
        Duration::from_millis(50),
        Duration::from_millis(100),
        Duration::from_millis(200),
        Duration::from_millis(500),
        Duration::from_secs(1),
        Duration::from_secs(2),
        Duration::from_secs(5),
        Duration::from_secs(10),
    ];

    /// Returns the number of calls that have ended in any way.
    pub fn ended(&self) -> u64 {
        self.succeeded + self.failed + self.dropped + self.panicked
    }
}

#[component]
impl CallMetrics {
    /// Creates empty metrics.
    pub fn new() -> Self {
        CallMetrics::default()
    }

    /// Returns the figures of each called method, sorted by the names of trait and method.
    pub fn snapshot(&self) -> Vec<MethodMetrics> {
        lock(&self.methods).iter().map(|(names, counters)| counters.snapshot(*names)).collect()
    }

    /// Counts the start of a call, and returns the counters of its method.
    pub(super) fn begin(&self, method: &'static Method) -> Arc<Counters> {
        let counters = lock(&self.methods).entry((method.trait_name(), method.name())).or_default().clone();
        counters.in_flight.fetch_add(1, Ordering::Relaxed);
        counters
    }
}

/// Counters for the calls of one method.
#[derive(Debug, Default)]
pub(super) struct Counters {
    succeeded: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
    panicked: AtomicU64,
    in_flight: AtomicU64,
    total_nanoseconds: AtomicU64,
    longest_nanoseconds: AtomicU64,
    durations: [AtomicU64; MethodMetrics::BOUNDS.len() + 1],
}

impl Counters {
    /// Counts the end of a call that took `time`.
    pub(super) fn end(&self, ending: &Ending<'_>, time: Duration) {
        let ended = match ending {
            Ending::Returned => &self.succeeded,
            Ending::Failed(_) => &self.failed,
            Ending::Dropped => &self.dropped,
            Ending::Panicked => &self.panicked,
        };
        ended.fetch_add(1, Ordering::Relaxed);
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.total_nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
        self.longest_nanoseconds.fetch_max(nanoseconds, Ordering::Relaxed);
        let bucket = MethodMetrics::BOUNDS.iter().take_while(|bound| time > **bound).count();
        self.durations[bucket].fetch_add(1, Ordering::Relaxed);
    }

    fn snapshot(&self, (trait_name, method): (&'static str, &'static str)) -> MethodMetrics {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        MethodMetrics {
            trait_name,
            method,
            succeeded: count(&self.succeeded),
            failed: count(&self.failed),
            dropped: count(&self.dropped),
            panicked: count(&self.panicked),
            in_flight: count(&self.in_flight),
            total_time: Duration::from_nanos(count(&self.total_nanoseconds)),
            longest_time: Duration::from_nanos(count(&self.longest_nanoseconds)),
            durations: self.durations.each_ref().map(count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_counted_in_the_bucket_of_its_duration() {
        let counters = Counters::default();
        counters.in_flight.store(4, Ordering::Relaxed);
        for milliseconds in [0, 1, 3, 60_000] {
            counters.end(&Ending::Returned, Duration::from_millis(milliseconds));
        }
        let snapshot = counters.snapshot(("Mailer", "send"));
        assert_eq!(snapshot.durations, [2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!((snapshot.ended(), snapshot.in_flight), (4, 0));
        assert_eq!(snapshot.total_time, Duration::from_millis(60_004));
        assert_eq!(snapshot.longest_time, Duration::from_secs(60));
    }
}
