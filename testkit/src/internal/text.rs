//! Counts and durations as text for reports.

use std::time::Duration;

/// Formats a count with its noun: `1 step`, `3 steps`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Formats a duration for reports: `1.5 s`, `20 ms`.
pub(crate) fn duration_text(time: Duration) -> String {
    if time < Duration::from_secs(1) && !time.is_zero() {
        format!("{} ms", time.as_secs_f64() * 1e3)
    } else {
        format!("{} s", time.as_secs_f64())
    }
}
