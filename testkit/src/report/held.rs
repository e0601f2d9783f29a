//! What is known of a task that waits for ever: a channel whose other side is gone does not wait, but says so.

/// What is known of who waits in a primitive, and is never woken. Where the task is the only one, so is who holds the other
/// side.
pub(super) fn known(primitive: &str, is_only_task: bool) -> Option<String> {
    let path = primitive.strip_prefix("tokio::sync::")?;
    let method = path.rsplit("::").next().unwrap_or_default();
    let (state, is_to_be_polled) = if path.starts_with("mpsc") && matches!(method, "send" | "reserve" | "reserve_many")
    {
        ("the channel is full, and its receiver is held and not read", true)
    } else if path.starts_with("mpsc") && matches!(method, "recv" | "recv_many" | "poll_recv") {
        ("the channel is empty, and ends when its last sender is dropped: one is held", false)
    } else if path.starts_with("oneshot::Receiver") {
        ("its sender is held, and has neither sent nor been dropped", false)
    } else if path.starts_with("mutex") || path.starts_with("rwlock") {
        ("the lock is held", false)
    } else {
        return None;
    };
    let itself = if is_only_task { ", most likely by this task itself, as no other is left" } else { "" };
    let unpolled = ". Is it in a future that is not polled meanwhile, such as one in a `FuturesUnordered`?";
    let advice = if is_only_task && is_to_be_polled { unpolled } else { "" };
    Some(format!("{state}{itself}{advice}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_side_of_a_channel_is_held_by_somebody() {
        let send = "tokio::sync::mpsc::bounded::Sender::send";
        assert_eq!(known(send, false).unwrap(), "the channel is full, and its receiver is held and not read");
        let alone = known(send, true).unwrap();
        assert!(
            alone.contains("not read, most likely by this task itself, as no other is left. Is it in a future"),
            "{alone}"
        );
        assert!(known("tokio::sync::mpsc::unbounded::UnboundedReceiver::recv", false).is_some());
        assert!(known("tokio::sync::mutex::Mutex::lock", true).unwrap().ends_with("as no other is left"));
    }

    #[test]
    fn nothing_is_known_where_the_other_side_may_be_gone() {
        for primitive in ["tokio::sync::notify::Notified::poll", "tokio::time::sleep::Sleep::poll", "app::sync::mutex"]
        {
            assert_eq!(known(primitive, true), None, "{primitive}");
        }
    }
}
