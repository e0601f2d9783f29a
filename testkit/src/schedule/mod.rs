//! What a schedule is: the choices that were made other than by default. Pure data; it knows of no tasks.

mod choices;
mod choosers;
mod departures;
mod exhaustive;
mod input;
mod key;
mod renumber;
mod shrink;
mod source;
mod strategy;
mod text;

pub(crate) use choices::Choices;
pub(crate) use choosers::{Cut, First, Line, Polled, Profile};
pub(crate) use departures::Departures;
pub(crate) use exhaustive::Exhaustive;
pub(crate) use input::{Input, Move};
pub(crate) use key::{At, Key, LANE};
pub(crate) use shrink::shrink;
pub(crate) use source::{Noting, Search, Source, Walk};
pub use strategy::Strategy;
pub use text::ScheduleError;

/// Everything that a run of a test depends on: the seed of its entropy, each choice that was not the default, and, where the
/// test takes [inputs](crate::Explorer::with_inputs), which of them it was.
///
/// Its text, `v1:...`, is what a report prints to replay a failure; it can be read back.
///
/// ```
/// use testkit::Schedule;
///
/// let schedule: Schedule = "v1:7".parse()?;
/// assert_eq!(schedule.to_string(), "v1:7");
/// assert!("v1:x".parse::<Schedule>().is_err());
/// # Ok::<(), testkit::ScheduleError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    pub(crate) seed: u64,
    /// Keyed by what was chosen where, and not by position: so, one can be left out and the others keep their meaning.
    pub(crate) departures: Departures,
    pub(crate) input: Option<Input>,
}

impl Schedule {
    /// How many choices are other than the default.
    pub(crate) fn choice_count(&self) -> usize {
        self.departures.keys().filter(|key| key.is_choice()).count()
    }
}
