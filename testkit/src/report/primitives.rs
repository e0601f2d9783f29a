//! State of the primitive that a deadlocked task waits in. It follows from the wait itself: for example, a receiver
//! without any sender left would return instead of waiting.

use super::frames::location;
use crate::executor::Primitive;
use crate::trace::Holder;

/// Maximum number of holders that a report names.
const MAX_HOLDERS: usize = 3;

/// Describes the state of the primitive that a task waits in without ever being woken. Names the task itself as the
/// likely holder of the other side if it is the only task left.
pub(super) fn primitive_state(primitive: &str, is_only_task: bool) -> Option<String> {
    let (state, needs_polling) = match Primitive::of_function(primitive)? {
        Primitive::FullChannel => ("the channel is full, and its receiver is alive but not read", true),
        Primitive::EmptyChannel => {
            ("the channel is empty: it closes when its last sender is dropped, and one is still alive", false)
        }
        Primitive::Oneshot => ("its sender is alive, and has not sent", false),
        Primitive::Lock => ("the lock is held; its holder is not known", false),
        Primitive::Semaphore => ("no permit is free; the holders of its permits are not known", false),
        Primitive::Broadcast => ("there is no unread message, and a sender is alive", false),
        Primitive::Notification => return Some("nothing has notified it since it was created".to_owned()),
    };
    // The only task left holds the lock itself.
    let state = if is_only_task { state.split_once(';').map_or(state, |(known, _)| known) } else { state };
    let holder = if is_only_task { "; most likely this task itself holds it, as no other task is left" } else { "" };
    let unpolled = ". Is it in a future that is not being polled, such as one in a `FuturesUnordered`?";
    let advice = if is_only_task && needs_polling { unpolled } else { "" };
    Some(format!("{state}{holder}{advice}"))
}

/// Describes the holders of the lock or the permits that `task` waits for. Returns `None` for other primitives.
pub(super) fn held_state(
    primitive: &str,
    task: u32,
    holders: &[Holder],
    name: impl Fn(u32) -> String,
) -> Option<String> {
    let (state, took) = match Primitive::of_function(primitive)? {
        Primitive::Lock => ("the lock is held", "took it"),
        Primitive::Semaphore => ("too few permits are free", "took some"),
        _ => return None,
    };
    let taken = |holder: &Holder| {
        let who = if holder.task == task { "this task itself".to_owned() } else { name(holder.task) };
        let place = location(&holder.stack).map_or_else(String::new, |place| format!(" at {place}"));
        format!("{who} {took}{place}")
    };
    let mut taken: Vec<_> = holders.iter().map(taken).collect();
    taken.dedup();
    let more = match taken.len().saturating_sub(MAX_HOLDERS) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    taken.truncate(MAX_HOLDERS);
    Some(format!("{state}: {}{more}", taken.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_task_most_likely_holds_the_other_side() {
        let send = "tokio::sync::mpsc::bounded::Sender::send";
        let known = |primitive, is_only_task| primitive_state(primitive, is_only_task).unwrap();
        assert_eq!(known(send, false), "the channel is full, and its receiver is alive but not read");
        let alone = known(send, true);
        assert!(
            alone.contains(
                "not read; most likely this task itself holds it, as no other task is left. Is it in a future"
            ),
            "{alone}"
        );
        assert!(primitive_state("tokio::sync::mpsc::unbounded::UnboundedReceiver::recv", false).is_some());
        assert!(known("tokio::sync::mutex::Mutex::lock", true).ends_with("as no other task is left"));
    }

    #[test]
    fn primitives_whose_other_side_may_be_dropped_have_no_known_state() {
        for primitive in
            ["tokio::sync::watch::Receiver::changed", "tokio::time::sleep::Sleep::poll", "app::sync::mutex"]
        {
            assert_eq!(primitive_state(primitive, true), None, "{primitive}");
        }
    }
}
