use std::fmt;
use std::str::FromStr;

use super::Walk;

/// How schedules are chosen. One of the first ten, and the only one where there is no other, is what production would do most
/// plainly: first in, first out, without preemption.
///
/// Whatever the strategy, operations of tokio that would complete at once may be preempted; a strategy decides where. As text,
/// in the attribute and elsewhere, they are `auto`, `fifo`, `random`, `pct` (or `pct(5)`), `pos` and `surw`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Strategy {
    /// Several of the others in turn, as bugs differ in what finds them: mostly `surw`, now and then `pos` and `pct(3)`.
    #[default]
    Auto,
    /// First in, first out. All schedules are the same, so that one is enough.
    Fifo,
    /// A random walk: each of the ready tasks is as likely to run as another, and one poll in four is preempted.
    Random,
    /// Random priorities of tasks, and `depth - 1` points, at random, at which the running task falls behind all others: for
    /// bugs that take few switches, each in its place. A bug that takes `depth` events in a certain order is found with a
    /// known probability. Source: Burckhardt et al. 2010, "A randomized scheduler with probabilistic guarantees of finding
    /// bugs".
    Pct(u32),
    /// A random priority of each event. Source: Yuan, Yang and Gu 2018, "Partial order aware concurrency sampling".
    Pos,
    /// A walk that is uniform over whole interleavings, and not over each choice. Source: Zhao et al. 2025, "Selectively
    /// uniform concurrency testing".
    Surw,
}

/// How deep `pct` goes where nothing is said.
const DEPTH: u32 = 3;

impl Strategy {
    /// The strategy of one schedule; none, if it is first in, first out.
    pub(crate) fn walk(self, index: usize) -> Option<Walk> {
        match self {
            Strategy::Fifo => None,
            _ if index == PLAIN => None,
            // Nothing is known yet that it could go by.
            Strategy::Pct(_) if index == 0 => Some(Walk::Surw),
            Strategy::Auto => Some(PORTFOLIO[(index - usize::from(index > PLAIN)) % PORTFOLIO.len()]),
            Strategy::Random => Some(Walk::Random),
            Strategy::Pct(depth) => Some(Walk::Pct { depth }),
            Strategy::Pos => Some(Walk::Pos),
            Strategy::Surw => Some(Walk::Surw),
        }
    }

    /// Whether it goes by what the first schedule has shown.
    pub(crate) fn wants_profile(self) -> bool {
        matches!(self, Strategy::Auto | Strategy::Pct(_) | Strategy::Surw)
    }
}

/// What `auto` does in turn: the mixture that finds the bugs of `tests/corpus` in the fewest schedules without being bad at
/// any of them. SURW and POS do best, each where the other does not: SURW hardly ever lets one task come far ahead of
/// another, as `broadcast_lag` takes; POS knows nothing of how long tasks are. PCT finds less, and differs from both: it lets
/// tasks run for long, and finds `biased_select` several times as soon. The random walk finds none sooner than all others. The
/// first schedule shows how long tasks are, and is a SURW that does not know it.
const PORTFOLIO: [Walk; 8] = [
    Walk::Surw,
    Walk::Surw,
    Walk::Pos,
    Walk::Surw,
    Walk::Surw,
    Walk::Pos,
    Walk::Pct { depth: DEPTH },
    Walk::Pct { depth: DEPTH },
];

/// The schedule that is first in, first out: what finds few bugs is not among the first.
const PLAIN: usize = PORTFOLIO.len();

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Strategy::Auto => f.write_str("auto"),
            Strategy::Fifo => f.write_str("fifo"),
            Strategy::Random => f.write_str("random"),
            Strategy::Pct(depth) => write!(f, "pct({depth})"),
            Strategy::Pos => f.write_str("pos"),
            Strategy::Surw => f.write_str("surw"),
        }
    }
}

impl FromStr for Strategy {
    type Err = String;

    /// # Errors
    /// A sentence that names the strategies.
    fn from_str(text: &str) -> Result<Self, String> {
        let depth = |text: &str| text.strip_prefix("pct(")?.strip_suffix(')')?.trim().parse().ok();
        match text {
            "auto" => Ok(Strategy::Auto),
            "fifo" => Ok(Strategy::Fifo),
            "random" => Ok(Strategy::Random),
            "pct" => Ok(Strategy::Pct(DEPTH)),
            "pos" => Ok(Strategy::Pos),
            "surw" => Ok(Strategy::Surw),
            other => depth(other).map(Strategy::Pct).ok_or_else(|| {
                format!(
                    "there is no strategy `{other}`: write `auto`, `fifo`, `random`, `pct`, `pct(5)`, `pos` or `surw`"
                )
            }),
        }
    }
}
