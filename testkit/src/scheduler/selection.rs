//! The public choice of a scheduler, and the algorithm that it uses for each schedule.

use std::fmt;
use std::str::FromStr;

use super::AlgorithmKind;

/// The algorithm that chooses the schedules.
///
/// One of the first ten schedules is first in, first out (FIFO) without preemption, the simplest order in production.
/// If no other schedule is possible, it is the only one.
///
/// With every scheduler except FIFO, polls may be preempted at tokio operations that would complete at once. The
/// scheduler chooses where.
///
/// The text forms, in the attribute and elsewhere, are `auto`, `fifo`, `random`, `pct` (or `pct(5)`), `pos` and `surw`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scheduler {
    /// Alternates between other schedulers, because different bugs need different schedulers: `surw` half of the time,
    /// otherwise `pos` or `pct(3)`.
    #[default]
    Auto,
    /// First in, first out (FIFO). All schedules are the same, so one is enough.
    Fifo,
    /// Random walk: each ready task is equally likely to run, and one poll in four is preempted.
    Random,
    /// Probabilistic concurrency testing (PCT): tasks have random priorities, and at `depth - 1` random points the
    /// running task drops to the lowest one. Suits bugs that need few switches at certain places. A bug that needs
    /// `depth` events in a certain order is found with a known probability. Source: Burckhardt et al. 2010, "A
    /// randomized scheduler with probabilistic guarantees of finding bugs".
    Pct(u32),
    /// Partial order sampling (POS): each event has a random priority. Source: Yuan, Yang and Gu 2018, "Partial order
    /// aware concurrency sampling".
    Pos,
    /// Random walk that is uniform over whole interleavings instead of over each choice (SURW). Source: Zhao et al.
    /// 2025, "Selectively uniform concurrency testing".
    Surw,
}

/// Default depth of `pct`. Also the default in `di-macros`.
const DEFAULT_PCT_DEPTH: u32 = 3;

impl Scheduler {
    /// Returns the algorithm for the schedule at `index`, or `None` for FIFO.
    pub(crate) fn algorithm(self, index: usize) -> Option<AlgorithmKind> {
        match self {
            Scheduler::Fifo => None,
            _ if index == FIFO_INDEX => None,
            // PCT needs the profile of a first run.
            Scheduler::Pct(_) if index == 0 => Some(AlgorithmKind::Surw),
            Scheduler::Auto => Some(PORTFOLIO[(index - usize::from(index > FIFO_INDEX)) % PORTFOLIO.len()]),
            Scheduler::Random => Some(AlgorithmKind::Random),
            Scheduler::Pct(depth) => Some(AlgorithmKind::Pct { depth }),
            Scheduler::Pos => Some(AlgorithmKind::Pos),
            Scheduler::Surw => Some(AlgorithmKind::Surw),
        }
    }

    /// Returns whether this scheduler uses the profile of the first schedule.
    pub(crate) fn wants_profile(self) -> bool {
        matches!(self, Scheduler::Auto | Scheduler::Pct(_) | Scheduler::Surw)
    }
}

/// Rotation of `auto`: the mix that finds the bugs of `tests/corpus` in the fewest schedules, without being bad at any
/// of them.
///
/// - SURW and POS do best, and complement each other. SURW rarely lets one task get far ahead of another, as
///   `broadcast_lag` requires. POS ignores the number of steps of tasks.
/// - PCT finds fewer bugs. But it lets a task run for long, and finds `biased_select` several times sooner.
/// - There is no bug that the random walk finds first.
///
/// The first schedule measures the number of steps of tasks. It uses SURW without a profile.
const PORTFOLIO: [AlgorithmKind; 8] = [
    AlgorithmKind::Surw,
    AlgorithmKind::Surw,
    AlgorithmKind::Pos,
    AlgorithmKind::Surw,
    AlgorithmKind::Surw,
    AlgorithmKind::Pos,
    AlgorithmKind::Pct { depth: DEFAULT_PCT_DEPTH },
    AlgorithmKind::Pct { depth: DEFAULT_PCT_DEPTH },
];

/// Index of the FIFO schedule. It finds few bugs, so it comes at the end of the first rotation.
const FIFO_INDEX: usize = PORTFOLIO.len() - 2;

impl fmt::Display for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scheduler::Auto => f.write_str("auto"),
            Scheduler::Fifo => f.write_str("fifo"),
            Scheduler::Random => f.write_str("random"),
            Scheduler::Pct(depth) => write!(f, "pct({depth})"),
            Scheduler::Pos => f.write_str("pos"),
            Scheduler::Surw => f.write_str("surw"),
        }
    }
}

impl FromStr for Scheduler {
    type Err = String;

    /// # Errors
    /// Returns a message that lists the schedulers if `text` names none of them.
    fn from_str(text: &str) -> Result<Self, String> {
        let depth = |text: &str| text.strip_prefix("pct(")?.strip_suffix(')')?.trim().parse().ok();
        match text {
            "auto" => Ok(Scheduler::Auto),
            "fifo" => Ok(Scheduler::Fifo),
            "random" => Ok(Scheduler::Random),
            "pct" => Ok(Scheduler::Pct(DEFAULT_PCT_DEPTH)),
            "pos" => Ok(Scheduler::Pos),
            "surw" => Ok(Scheduler::Surw),
            other => depth(other).map(Scheduler::Pct).ok_or_else(|| {
                format!(
                    "unknown scheduler `{other}`: expected `auto`, `fifo`, `random`, `pct`, `pct(5)`, `pos` or `surw`"
                )
            }),
        }
    }
}
