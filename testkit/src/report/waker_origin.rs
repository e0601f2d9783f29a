//! Origins of wakers: the code that registered them.

use super::frames::{is_foreign, is_plumbing, location, path};
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
        if function.starts_with("tokio::time::") || function.starts_with("tokio::runtime::time::") {
            return WakerOrigin::Timer;
        }
        let is_signal = SIGNALS.iter().any(|signal| function.contains(signal));
        return if is_signal { WakerOrigin::Signal } else { WakerOrigin::Library };
    }
    WakerOrigin::User
}

/// Returns whether a stack ends in a wait for the result of a raw task.
pub(crate) fn is_join(stack: &TaskStack) -> bool {
    stack.frames.iter().any(|frame| path(frame).starts_with("tokio::runtime::task::join::"))
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
