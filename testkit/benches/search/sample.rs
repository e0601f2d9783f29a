//! Result of one search, and the median of several.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Result of a search, or the median of several.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    /// Whether a schedule failed.
    pub(crate) is_found: bool,
    /// Number of schedules run, including the one that failed.
    pub(crate) schedules: usize,
    /// Time from the start to the first failing schedule.
    pub(crate) time: Duration,
    /// Time from the start to the finished report.
    pub(crate) report: Duration,
}

impl Sample {
    /// Returns the median of each figure separately. For an even number of samples, it is the upper one. A search
    /// without a failure ranks above all searches with one.
    pub(crate) fn median(samples: &[Sample]) -> Sample {
        let middle = samples.len() / 2;
        let mut schedules: Vec<_> = samples.iter().map(|sample| (!sample.is_found, sample.schedules)).collect();
        schedules.sort_unstable();
        let (is_missed, schedules) = schedules[middle];
        let time = |of: fn(&Sample) -> Duration| {
            let mut times: Vec<_> = samples.iter().map(|sample| (!sample.is_found, of(sample))).collect();
            times.sort_unstable();
            times[middle].1
        };
        let (time, report) = (time(|sample| sample.time), time(|sample| sample.report));
        Sample { is_found: !is_missed, schedules, time, report }
    }
}

/// The format in which a child process passes a sample to its parent.
impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sample { is_found, schedules, time, report } = self;
        write!(f, "{is_found} {schedules} {} {}", time.as_nanos(), report.as_nanos())
    }
}

impl FromStr for Sample {
    type Err = String;

    /// # Errors
    /// If the text is not a sample.
    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = || {
            let (is_found, numbers) = text.split_once(' ')?;
            let numbers: Vec<u64> = numbers.split(' ').map(|number| number.parse().ok()).collect::<Option<_>>()?;
            let [schedules, time, report] = numbers[..] else { return None };
            let [time, report] = [time, report].map(Duration::from_nanos);
            Some(Sample { is_found: is_found.parse().ok()?, schedules: schedules as usize, time, report })
        };
        parsed().ok_or_else(|| format!("`{text}` is not the result of a search"))
    }
}
