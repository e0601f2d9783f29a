//! Details of choices that a report shows in addition to their keys.

use super::TaskStack;
use crate::schedule::ChoiceKey;

/// A preempted poll.
pub(crate) struct Preemption {
    pub(crate) key: ChoiceKey,
    /// Stack at which the task was preempted.
    pub(crate) stack: TaskStack,
}

/// A deviation of a fake.
pub(crate) struct Decision {
    pub(crate) key: ChoiceKey,
    /// Sentence that describes what the fake did.
    pub(crate) text: String,
}
