use std::fmt;
use std::time::Duration;

use indicatif::{FormattedDuration, HumanCount};

use super::{Coverage, FailureKind};

/// Where a soak stands, or has ended. Its text is one line.
#[derive(Clone, Debug)]
pub(crate) struct SoakStatus {
    pub(crate) elapsed: Duration,
    /// How long it is to take.
    pub(crate) time: Duration,
    pub(crate) coverage: Coverage,
    /// How many schedules have failed, by kind.
    pub(crate) failures: Vec<(FailureKind, usize)>,
    pub(crate) end: SoakEnd,
}

/// Whether and why a soak is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SoakEnd {
    NotYet,
    /// Its time is up, or all schedules were run.
    Done,
    /// By Ctrl-C.
    Interrupted,
    /// Too many polls did not come back, each of which keeps a thread.
    GivenUp,
}

impl SoakStatus {
    pub(crate) fn new(
        elapsed: Duration,
        time: Duration,
        coverage: Coverage,
        failures: &[(FailureKind, usize)],
        is_given_up: bool,
    ) -> Self {
        let end = if is_given_up { SoakEnd::GivenUp } else { SoakEnd::NotYet };
        SoakStatus { elapsed, time, coverage, failures: failures.to_vec(), end }
    }

    /// For how long it goes on.
    fn left(&self) -> Duration {
        self.time.saturating_sub(self.elapsed)
    }
}

impl fmt::Display for SoakStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Parts of a second are of no interest, except that the last one is not none.
        let seconds = |time: Duration| FormattedDuration(Duration::from_secs(time.as_secs_f64().round() as u64));
        let elapsed = seconds(self.elapsed);
        match self.end {
            SoakEnd::NotYet => write!(f, "{} left", seconds(self.left()))?,
            SoakEnd::Done => write!(f, "soaked for {elapsed}")?,
            SoakEnd::Interrupted => write!(f, "interrupted after {elapsed} of {}", seconds(self.time))?,
            SoakEnd::GivenUp => write!(f, "given up after {elapsed}, as too many polls did not come back")?,
        }
        let schedules = self.coverage.schedules();
        let rate = schedules as f64 / self.elapsed.as_secs_f64().max(1e-3);
        write!(f, "; {}/s; ", HumanCount(rate as u64))?;
        // Failures come first, as a bar cuts off what is too long for its terminal.
        if self.failures.is_empty() {
            f.write_str("no failure")?;
        } else {
            let failed = self.failures.iter().map(|(_, count)| count).sum::<usize>();
            let kinds: Vec<_> =
                self.failures.iter().map(|(kind, count)| format!("{} {kind}", HumanCount(*count as u64))).collect();
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
    fn it_tells_time_rate_coverage_and_failures() {
        let coverage = "180 of 70,000 schedules were distinct; none of the last 7,000 was new";
        let mut under_way = status(SoakEnd::NotYet);
        assert_eq!(under_way.to_string(), format!("00:08:50 left; 1,001/s; no failure; {coverage}"));
        under_way.failures = vec![(FailureKind::Panic, 1_011), (FailureKind::Deadlock, 1)];
        let failed = "1,012 failed: 1,011 panic, 1 deadlock";
        assert_eq!(under_way.to_string(), format!("00:08:50 left; 1,001/s; {failed}; {coverage}"));
    }

    #[test]
    fn it_tells_why_it_is_over() {
        assert!(status(SoakEnd::Done).to_string().starts_with("soaked for 00:01:10; "));
        let interrupted = status(SoakEnd::Interrupted).to_string();
        assert!(interrupted.starts_with("interrupted after 00:01:10 of 00:10:00; "), "{interrupted}");
    }
}
