//! Call counts and durations in the text format of Prometheus.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use di_core::Component;

/// Number and duration of calls to hosts, by operation and outcome. Displayed in the Prometheus text format.
#[derive(Component)]
pub struct HostMetrics {
    /// Indexed by operation and outcome.
    #[default]
    calls: [[AtomicU64; 3]; 3],
    /// Indexed by operation.
    #[default]
    nanoseconds: [AtomicU64; 3],
}

/// Operation of a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operation {
    Store,
    Fetch,
    Delete,
}

/// Outcome of a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome {
    Succeeded,
    Failed,
    /// Dropped before it completed.
    Dropped,
}

const OPERATIONS: [(Operation, &str); 3] =
    [(Operation::Store, "store"), (Operation::Fetch, "fetch"), (Operation::Delete, "delete")];

const OUTCOMES: [(Outcome, &str); 3] =
    [(Outcome::Succeeded, "succeeded"), (Outcome::Failed, "failed"), (Outcome::Dropped, "dropped")];

impl HostMetrics {
    /// Records a call.
    pub(super) fn record(&self, operation: Operation, outcome: Outcome, time: Duration) {
        self.calls[operation as usize][outcome as usize].fetch_add(1, Ordering::Relaxed);
        self.nanoseconds[operation as usize].fetch_add(time.as_nanos() as u64, Ordering::Relaxed);
    }
}

impl fmt::Display for HostMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# HELP distridata_host_calls_total Calls to storage hosts, by outcome.")?;
        writeln!(f, "# TYPE distridata_host_calls_total counter")?;
        for (operation, operation_name) in OPERATIONS {
            for (outcome, outcome_name) in OUTCOMES {
                let calls = self.calls[operation as usize][outcome as usize].load(Ordering::Relaxed);
                let labels = format_args!("operation=\"{operation_name}\",outcome=\"{outcome_name}\"");
                writeln!(f, "distridata_host_calls_total{{{labels}}} {calls}")?;
            }
        }
        writeln!(f, "# HELP distridata_host_call_seconds_total Total duration of calls to storage hosts.")?;
        writeln!(f, "# TYPE distridata_host_call_seconds_total counter")?;
        for (operation, name) in OPERATIONS {
            let time = Duration::from_nanos(self.nanoseconds[operation as usize].load(Ordering::Relaxed));
            writeln!(f, "distridata_host_call_seconds_total{{operation=\"{name}\"}} {}", time.as_secs_f64())?;
        }
        Ok(())
    }
}
