//! Schedules: the choices of a run that deviate from the default. Pure data, independent of the executor and the
//! schedulers.

mod choice_key;
mod deviations;
mod input;
mod renumber;
mod shrink;
mod text;

pub(crate) use choice_key::{ChoiceKey, PollPosition, RAW_TASKS};
pub(crate) use deviations::{Deviation, DeviationLog, Deviations};
pub(crate) use input::{Input, ShrinkStep};
pub(crate) use shrink::shrink;
pub use text::ScheduleError;

/// Everything that a run of a test depends on: the seed of its entropy, the choices that deviate from the default, and
/// the input if the test takes [inputs](crate::Explorer::with_inputs).
///
/// Reports print the text form of a schedule, `v1:...`, to replay a failure. It parses back into the same schedule.
///
/// ```
/// use testkit::Schedule;
///
/// let schedule: Schedule = "v1:7".parse()?;
/// assert_eq!(schedule.to_string(), "v1:7");
/// assert!("v1:x".parse::<Schedule>().is_err());
/// # Ok::<(), testkit::types::ScheduleError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    pub(crate) seed: u64,
    /// Keyed by the situation of each choice, not by its index, so removing one does not change the meaning of the
    /// others.
    pub(crate) deviations: Deviations,
    pub(crate) input: Option<Input>,
    /// Whether the hooks of `cargo testkit` had a part in the run, so that it cannot be replayed without them.
    pub(crate) needs_hooks: bool,
}

impl Schedule {
    /// Returns the number of choices that deviate from the default.
    pub(crate) fn choice_count(&self) -> usize {
        self.deviations.keys().filter(|key| key.is_choice()).count()
    }
}
