//! The status line of a soak.

use std::fmt;
use std::time::Duration;

use indicatif::{FormattedDuration, HumanCount};

use super::{Coverage, FailureKind};

/// Number of schedules that failed with one kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KindCount {
    pub(crate) kind: FailureKind,
    pub(crate) count: usize,
}

/// Status of a soak. `Display` prints it in one line.
#[derive(Clone, Debug)]
pub(crate) struct SoakStatus {
    pub(crate) elapsed: Duration,
    /// Planned duration.
    pub(crate) time: Duration,
    pub(crate) coverage: Coverage,
    /// Number of failed schedules by kind.
    pub(crate) failures: Vec<KindCount>,
    pub(crate) end: SoakEnd,
}

/// Whether a soak is over, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SoakEnd {
    Running,
    /// The time was up, or all schedules were run.
    Done,
    /// Ctrl-C was pressed.
    Interrupted,
    /// Too many polls did not return. Each of them occupies a thread.
    GivenUp,
}

impl SoakStatus {
    pub(crate) fn new(
        elapsed: Duration,
        time: Duration,
        coverage: Coverage,
        failures: &[KindCount],
        is_given_up: bool,
    ) -> Self {
        let end = if is_given_up { SoakEnd::GivenUp } else { SoakEnd::Running };
        SoakStatus { elapsed, time, coverage, failures: failures.to_vec(), end }
    }

    /// Returns the time that is left.
    fn time_left(&self) -> Duration {
        self.time.saturating_sub(self.elapsed)
    }
}

impl fmt::Display for SoakStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Round to whole seconds, because fractions do not matter.
        let seconds = |time: Duration| FormattedDuration(Duration::from_secs(time.as_secs_f64().round() as u64));
        let elapsed = seconds(self.elapsed);
        match self.end {
            SoakEnd::Running => write!(f, "{} left", seconds(self.time_left()))?,
            SoakEnd::Done => write!(f, "soaked for {elapsed}")?,
            SoakEnd::Interrupted => write!(f, "interrupted after {elapsed} of {}", seconds(self.time))?,
            SoakEnd::GivenUp => write!(f, "given up after {elapsed}: too many polls did not return")?,
        }
        let schedules = self.coverage.schedules();
        let rate = schedules as f64 / self.elapsed.as_secs_f64().max(1e-3);
        write!(f, "; {}/s; ", HumanCount(rate as u64))?;
        // Failures come first, because a progress bar cuts off lines that are too long for the terminal.
        if self.failures.is_empty() {
            f.write_str("no failure")?;
        } else {
            let failed = self.failures.iter().map(|failed| failed.count).sum::<usize>();
            let text = |failed: &KindCount| format!("{} {}", HumanCount(failed.count as u64), failed.kind);
            let kinds: Vec<_> = self.failures.iter().map(text).collect();
            write!(f, "{} failed: {}", HumanCount(failed as u64), kinds.join(", "))?;
        }
        write!(f, "; {}", self.coverage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(end: SoakEnd) -> SoakStatus {
        let coverage = Coverage { schedules: 70_000, distinct: 180, last: 7_000, ..Coverage::default() };
        let (elapsed, time) = (Duration::from_millis(69_900), Duration::from_secs(600));
        SoakStatus { elapsed, time, coverage, failures: Vec::new(), end }
    }

    #[test]
    fn a_running_soak_displays_time_rate_failures_and_coverage() {
        let coverage = "180 of 70,000 schedules were distinct; none of the last 7,000 was new";
        let mut running = status(SoakEnd::Running);
        assert_eq!(running.to_string(), format!("00:08:50 left; 1,001/s; no failure; {coverage}"));
        running.failures = vec![
            KindCount { kind: FailureKind::Panic, count: 1_011 },
            KindCount { kind: FailureKind::Deadlock, count: 1 },
        ];
        let failed = "1,012 failed: 1,011 panic, 1 deadlock";
        assert_eq!(running.to_string(), format!("00:08:50 left; 1,001/s; {failed}; {coverage}"));
    }

    #[test]
    fn a_finished_soak_displays_its_end() {
        assert!(status(SoakEnd::Done).to_string().starts_with("soaked for 00:01:10; "));
        let interrupted = status(SoakEnd::Interrupted).to_string();
        assert!(interrupted.starts_with("interrupted after 00:01:10 of 00:10:00; "), "{interrupted}");
    }
}
