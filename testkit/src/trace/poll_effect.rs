//! Effects of a poll that others can see.

/// An effect of a spurious poll (a poll without a wake). In correct code, such a poll has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PollEffect {
    /// The task completed, or panicked.
    Completed,
    /// The task woke another one.
    Woke(u32),
    /// The task spawned another one.
    Spawned,
    /// The task aborted another one.
    Aborted,
    /// The task left a note.
    Noted,
    /// The task called a fake of testkit, which did something.
    CalledFake,
    /// A tokio operation completed: for example, a message was sent or received, or a permit was taken.
    CompletedOperation,
    /// The task registered one more waker than before, such as that of a timer.
    RegisteredWaker,
}
