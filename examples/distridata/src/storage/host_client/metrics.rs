use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use di_core::Component;

/// How calls to hosts ended, and how long they took. As text, it is what Prometheus reads.
///
/// Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>, text-based format 0.0.4.
#[derive(Component)]
pub struct HostMetrics {
    /// By operation, and by outcome.
    #[default]
    calls: [[AtomicU64; 3]; 3],
    /// By operation.
    #[default]
    nanoseconds: [AtomicU64; 3],
}

/// What a host is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operation {
    Store,
    Fetch,
    Delete,
}

/// How a call ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome {
    Succeeded,
    Failed,
    /// Its caller had gone before.
    Dropped,
}

const OPERATIONS: [(Operation, &str); 3] =
    [(Operation::Store, "store"), (Operation::Fetch, "fetch"), (Operation::Delete, "delete")];

const OUTCOMES: [(Outcome, &str); 3] =
    [(Outcome::Succeeded, "succeeded"), (Outcome::Failed, "failed"), (Outcome::Dropped, "dropped")];

impl HostMetrics {
    /// A call has ended.
    pub(super) fn record(&self, operation: Operation, outcome: Outcome, time: Duration) {
        self.calls[operation as usize][outcome as usize].fetch_add(1, Ordering::Relaxed);
        self.nanoseconds[operation as usize].fetch_add(time.as_nanos() as u64, Ordering::Relaxed);
    }
}

impl fmt::Display for HostMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# HELP distridata_host_calls_total Calls to storage hosts that have ended.")?;
        writeln!(f, "# TYPE distridata_host_calls_total counter")?;
        for (operation, operation_name) in OPERATIONS {
            for (outcome, outcome_name) in OUTCOMES {
                let calls = self.calls[operation as usize][outcome as usize].load(Ordering::Relaxed);
                let labels = format_args!("operation=\"{operation_name}\",outcome=\"{outcome_name}\"");
                writeln!(f, "distridata_host_calls_total{{{labels}}} {calls}")?;
            }
        }
        writeln!(f, "# HELP distridata_host_call_seconds_total Time that these calls took.")?;
        writeln!(f, "# TYPE distridata_host_call_seconds_total counter")?;
        for (operation, name) in OPERATIONS {
            let time = Duration::from_nanos(self.nanoseconds[operation as usize].load(Ordering::Relaxed));
            writeln!(f, "distridata_host_call_seconds_total{{operation=\"{name}\"}} {}", time.as_secs_f64())?;
        }
        Ok(())
    }
}
