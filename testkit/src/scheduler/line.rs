use fastrand::Rng;

use crate::schedule::At;

/// The tasks that are ready, in the order in which they became so.
pub(crate) trait Line {
    /// The task at a place.
    fn at(&self, place: usize) -> u32;

    /// The place of any task, each as likely as another; there is one.
    fn any_place(&self, rng: &mut Rng) -> usize;

    /// The place of a task, if it is in line.
    fn place_of(&self, task: u32) -> Option<usize>;

    /// Those that have come since a task was taken from the line last.
    fn fresh(&self) -> &[u32];

    /// Those behind the first.
    fn others(&self) -> impl Iterator<Item = u32>;
}

/// The first in line: what a choice of another goes by.
#[derive(Clone, Copy)]
pub(crate) struct First {
    pub(crate) task: u32,
    pub(crate) at: At,
    /// How often it has been passed over there.
    pub(crate) passed: u32,
}

/// A task that is polled.
#[derive(Clone, Copy)]
pub(crate) struct Polled {
    pub(crate) task: u32,
    pub(crate) at: At,
    /// Whether it was preempted there, and is not to be so again.
    pub(crate) is_stopped: bool,
}
