//! Counters and duration histograms for each intercepted method.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use di_macros::component;

use super::{Ending, Method};
use crate::internal::lock;

/// Counts and durations of calls by method, collected by [`Metered`](super::Metered) interceptors. A component without
/// dependencies, shared by the interceptors of a container.
///
/// [`snapshot`](CallMetrics::snapshot) returns the figures as plain data, for any exporter.
#[derive(Debug, Default)]
pub struct CallMetrics {
    methods: Mutex<BTreeMap<MethodName, Arc<Counters>>>,
}

/// Key of a method's metrics. [`CallMetrics::snapshot`] uses its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct MethodName {
    trait_name: &'static str,
    method: &'static str,
}

/// Snapshot of the metrics of one method.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MethodMetrics {
    /// Name of the trait.
    pub trait_name: &'static str,
    /// Name of the method.
    pub method: &'static str,
    /// Calls that returned a value that is not an error.
    pub succeeded: u64,
    /// Calls that returned an error.
    pub failed: u64,
    /// Calls dropped before they were ready.
    pub dropped: u64,
    /// Calls that panicked.
    pub panicked: u64,
    /// Calls in progress.
    pub in_flight: u64,
    /// Total time of ended calls.
    pub total_time: Duration,
    /// Time of the longest ended call.
    pub longest_time: Duration,
    /// Histogram of the ended calls. Each bucket counts the calls that took at most its bound in
    /// [`BOUNDS`](MethodMetrics::BOUNDS) and longer than the previous bound. The last counts those that took longer
    /// than all bounds.
    pub durations: [u64; MethodMetrics::BOUNDS.len() + 1],
}

impl MethodMetrics {
    /// Bounds of the [`durations`](MethodMetrics::durations).
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

    /// Returns the number of ended calls.
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

    /// Returns the figures of each called method, ordered by the names of trait and method.
    pub fn snapshot(&self) -> Vec<MethodMetrics> {
        lock(&self.methods).iter().map(|(name, counters)| counters.snapshot(*name)).collect()
    }

    /// Counts the start of a call.
    pub(super) fn begin(&self, method: &'static Method) -> Arc<Counters> {
        let name = MethodName { trait_name: method.trait_name(), method: method.name() };
        let counters = lock(&self.methods).entry(name).or_default().clone();
        counters.in_flight.fetch_add(1, Ordering::Relaxed);
        counters
    }
}

/// Counts the calls of one method.
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

    fn snapshot(&self, MethodName { trait_name, method }: MethodName) -> MethodMetrics {
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
    fn a_call_is_counted_in_the_bucket_of_its_time() {
        let counters = Counters::default();
        counters.in_flight.store(4, Ordering::Relaxed);
        for milliseconds in [0, 1, 3, 60_000] {
            counters.end(&Ending::Returned, Duration::from_millis(milliseconds));
        }
        let snapshot = counters.snapshot(MethodName { trait_name: "Mailer", method: "send" });
        assert_eq!(snapshot.durations, [2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!((snapshot.ended(), snapshot.in_flight), (4, 0));
        assert_eq!(snapshot.total_time, Duration::from_millis(60_004));
        assert_eq!(snapshot.longest_time, Duration::from_secs(60));
    }
}
