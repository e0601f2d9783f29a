//! A schedule as data: the choices of a run that deviate from the default. It knows of no tasks and of no scheduler.

mod choice_key;
mod deviations;
mod input;
mod renumber;
mod shrink;
mod text;

pub(crate) use choice_key::{At, Key, LANE};
pub(crate) use deviations::{Departures, Log};
pub(crate) use input::{Input, Move};
pub(crate) use shrink::shrink;
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
