//! Paths and messages of tokio that reports recognize.

/// The primitive of `tokio::sync` that a stack ends in, if reports know its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Primitive {
    /// A bounded channel that has no room.
    FullChannel,
    /// A channel without messages.
    EmptyChannel,
    /// The receiver of a oneshot channel.
    Oneshot,
    /// A mutex or a read-write lock.
    Lock,
    /// A semaphore without a free permit.
    Semaphore,
    /// A broadcast channel without unread messages.
    Broadcast,
    /// A notification.
    Notification,
}

impl Primitive {
    /// Recognizes a primitive by the path of the function in which a task waits.
    pub(crate) fn of_function(path: &str) -> Option<Self> {
        let path = path.strip_prefix("tokio::sync::")?;
        let method = path.rsplit("::").next().unwrap_or_default();
        match (path.split("::").next()?, method) {
            ("mpsc", "send" | "reserve" | "reserve_many") => Some(Primitive::FullChannel),
            ("mpsc", "recv" | "recv_many" | "poll_recv") => Some(Primitive::EmptyChannel),
            ("oneshot", _) if path.starts_with("oneshot::Receiver") => Some(Primitive::Oneshot),
            ("mutex" | "rwlock", _) => Some(Primitive::Lock),
            ("semaphore", _) => Some(Primitive::Semaphore),
            ("broadcast", _) => Some(Primitive::Broadcast),
            ("notify", _) => Some(Primitive::Notification),
            _ => None,
        }
    }
}

/// Returns whether a function belongs to the part of tokio that schedules tasks, in which no task waits.
pub(crate) fn is_scheduling(function: &str) -> bool {
    function.contains("tokio::task::coop") || function.contains("tokio::runtime::context")
}

/// Returns whether a function belongs to a timer of tokio.
pub(crate) fn is_timer(function: &str) -> bool {
    function.starts_with("tokio::time::") || function.starts_with("tokio::runtime::time::")
}

/// Returns whether a function waits for the result of a raw task.
pub(crate) fn is_join(function: &str) -> bool {
    function.starts_with("tokio::runtime::task::join::")
}

/// Returns whether a panic message means that the runtime has no IO driver.
pub(crate) fn is_missing_io_driver(message: &str) -> bool {
    message.contains("IO is disabled") || message.contains("with IO enabled")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primitives_are_recognized_by_their_methods() {
        let primitive = |path: &str| Primitive::of_function(&format!("tokio::sync::{path}"));
        assert_eq!(primitive("mpsc::bounded::Sender::send"), Some(Primitive::FullChannel));
        assert_eq!(primitive("mpsc::unbounded::UnboundedReceiver::recv"), Some(Primitive::EmptyChannel));
        assert_eq!(primitive("oneshot::Receiver::poll"), Some(Primitive::Oneshot));
        assert_eq!(primitive("mutex::Mutex::lock"), Some(Primitive::Lock));
        assert_eq!(primitive("semaphore::Semaphore::acquire_owned"), Some(Primitive::Semaphore));
        assert_eq!(primitive("broadcast::Receiver::recv"), Some(Primitive::Broadcast));
        assert_eq!(primitive("notify::Notified::poll"), Some(Primitive::Notification));
        assert_eq!(primitive("watch::Receiver::changed"), None);
        assert_eq!(Primitive::of_function("app::sync::mutex"), None);
    }

    #[test]
    fn a_runtime_without_an_io_driver_is_recognized() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let bind = || runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(bind)).unwrap_err();
        assert!(is_missing_io_driver(crate::internal::panic_message(&*panic).unwrap()));
    }
}
