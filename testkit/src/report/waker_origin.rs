//! Origins of wakers: the code that registered them.

use super::frames::{is_foreign, is_in, is_plumbing, location, path};
use crate::executor::{POLL_MODULE, is_tokio_join, is_tokio_timer};
use crate::internal::short_place;
use crate::trace::TaskStack;

/// The kind of code that registered a waker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WakerOrigin {
    /// A timer of tokio.
    Timer,
    /// A library primitive that carries no data, such as `tokio::sync::Notify`. What it stands for is stored elsewhere,
    /// perhaps earlier than the wake.
    Signal,
    /// Another library primitive. It wakes a task at the moment at which the primitive becomes ready.
    Library,
    /// Code of the test or of the service.
    User,
}

/// Parts of the paths of primitives that carry no data.
const SIGNALS: [&str; 5] = ["notify", "watch", "barrier", "event_listener", "cancellation_token"];

/// Slots that store a waker for a primitive.
const SLOTS: [&str; 2] = ["atomic_waker", "AtomicWaker"];

/// Returns the kind of code that registered a waker at this stack.
pub(crate) fn waker_origin(stack: &TaskStack) -> WakerOrigin {
    for frame in &stack.frames {
        let function = path(frame);
        if !is_foreign(&frame.file, &function) {
            return WakerOrigin::User;
        }
        if is_plumbing(&function) || SLOTS.iter().any(|slot| function.contains(slot)) {
            continue;
        }
        if is_tokio_timer(&function) {
            return WakerOrigin::Timer;
        }
        let is_signal = SIGNALS.iter().any(|signal| function.contains(signal));
        return if is_signal { WakerOrigin::Signal } else { WakerOrigin::Library };
    }
    WakerOrigin::User
}

/// Returns the most frequent hand-written poll function among samples of a polled future, with its first line. Functions
/// that registered a waker do not count.
pub(crate) fn forgetful_poll(samples: &[TaskStack], wakers: &[TaskStack]) -> Option<String> {
    let registered: Vec<_> = wakers.iter().filter_map(innermost_poll).collect();
    let mut polls: Vec<_> = samples.iter().filter_map(innermost_poll).collect();
    polls.retain(|poll| registered.iter().all(|other| other.function != poll.function));
    let count = |poll: &&Poll| polls.iter().filter(|other| other.function == poll.function).count();
    let most = polls.iter().max_by_key(count)?;
    let first = polls.iter().filter(|poll| poll.function == most.function).min_by_key(|poll| poll.line)?;
    Some(format!("`{}` at {}", first.function, short_place(&first.file, first.line)))
}

/// Returns whether so many samples end in hand-written poll functions that the most frequent one is known.
pub(crate) fn has_enough_polls(samples: &[TaskStack]) -> bool {
    samples.iter().filter_map(innermost_poll).count() >= MIN_SAMPLES
}

/// Number of samples that are enough.
const MIN_SAMPLES: usize = 12;

/// A hand-written poll function in a stack.
struct Poll {
    function: String,
    file: String,
    line: u32,
}

/// Returns the innermost frame of the user's code, if it is a poll function.
fn innermost_poll(stack: &TaskStack) -> Option<Poll> {
    let at = stack.frames.iter().position(|frame| !is_foreign(&frame.file, &path(frame)))?;
    let frame = &stack.frames[at];
    let function = path(frame);
    let is_closure = stack.frames.get(at + 1).is_some_and(|caller| path(caller).contains("poll_fn::PollFn"));
    let is_poll = function.rsplit("::").next().is_some_and(|name| name.starts_with("poll"));
    let is_in_run = stack.frames.iter().any(|frame| is_in(&path(frame), POLL_MODULE));
    (is_in_run && (is_poll || is_closure)).then(|| Poll { function, file: frame.file.to_string(), line: frame.line })
}

/// Returns whether a stack ends in a wait for the result of a raw task.
pub(crate) fn is_join(stack: &TaskStack) -> bool {
    stack.frames.iter().any(|frame| is_tokio_join(&path(frame)))
}

/// Returns the place at which a waker was registered and the primitive that holds it, such as
/// `tokio::time::sleep::Sleep::poll at main.rs:7`.
pub(crate) fn waker_place(stack: &TaskStack) -> Option<String> {
    let place = location(stack)?;
    Some(match super::waiting(stack).primitive {
        Some(primitive) => format!("{primitive} at {place}"),
        None => place,
    })
}
