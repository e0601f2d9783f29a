use std::fmt;
use std::str::FromStr;

/// How schedules are chosen. The first one is always the default: first in, first out, without preemption.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Strategy {
    /// The one that finds most; at present [`Random`](Strategy::Random).
    #[default]
    Auto,
    /// First in, first out. All schedules are the same, so that one is enough.
    Fifo,
    /// Each choice at random, all alternatives alike.
    Random,
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Strategy::Auto => "auto",
            Strategy::Fifo => "fifo",
            Strategy::Random => "random",
        })
    }
}

impl FromStr for Strategy {
    type Err = String;

    /// # Errors
    /// A sentence that names the strategies.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Strategy::Auto),
            "fifo" => Ok(Strategy::Fifo),
            "random" => Ok(Strategy::Random),
            other => Err(format!("there is no strategy `{other}`: write `auto`, `fifo` or `random`")),
        }
    }
}
