//! Tasks in which hooks run, and their limits.

use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, timeout, timeout_at};

use super::error::{HookFailure, HookFailureCause};
use crate::graph::Node;
use crate::hooks::{Hook, Shutdown};
use crate::internal::{BoxError, BoxFuture, panic_message};
use crate::task::{AbortHandle, JoinError, JoinHandle, spawn_named};

/// Time limit for the end of an aborted task. It ends at once, unless one of its polls takes long.
pub(super) const ABORT_GRACE: Duration = Duration::from_secs(1);

/// Time limit for the end of an aborted task after the deadline of the whole stop.
pub(super) const MIN_ABORT_GRACE: Duration = Duration::from_millis(100);

/// Delay of a timer from which on the runtime is assumed to have been blocked.
const STALL: Duration = Duration::from_millis(20);

/// A task that is aborted when this is dropped.
pub(super) struct HookTask<T: 'static> {
    handle: JoinHandle<T>,
    control: TaskControl,
}

/// Aborts a task, and waits for its end.
#[derive(Clone)]
pub(super) struct TaskControl {
    abort: AbortHandle,
    /// Requested when the task has ended and its future is dropped.
    gone: Shutdown,
}

/// Time limit of a hook.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Limit {
    pub(super) time: Duration,
    /// The time for the whole stop, if the limit is a share of it.
    pub(super) whole: Option<Duration>,
}

/// The result of a hook, with its times.
pub(super) struct Timed<T> {
    output: T,
    /// Time from the spawn of the task to the end of the hook.
    elapsed: Duration,
    /// The longest poll, in real time.
    longest_poll: Duration,
}

/// The reason why a hook has no result in time.
pub(super) enum Missed {
    /// The limit was exceeded.
    TimedOut,
    /// The task panicked or was aborted by others.
    Ended(JoinError),
}

impl<T: Send + 'static> HookTask<T> {
    /// Spawns a task.
    pub(super) fn spawn(name: &str, future: impl Future<Output = T> + Send + 'static) -> Self {
        let gone = Shutdown::new();
        let guard = gone.token().clone().drop_guard();
        let handle = spawn_named(name, async move {
            let _guard = guard;
            future.await
        });
        let control = TaskControl { abort: handle.abort_handle(), gone };
        HookTask { handle, control }
    }

    pub(super) fn control(&self) -> &TaskControl {
        &self.control
    }
}

impl<T: Send + 'static> HookTask<Timed<T>> {
    /// Waits for the result of a hook that was spawned now. Does not abort it if it exceeds the limit.
    ///
    /// A hook that exceeds its limit in a poll, and then returns, has also exceeded it. A hook that could not run because
    /// others blocked the runtime gets the lost time back, once.
    pub(super) async fn join_within(&mut self, limit: Duration) -> Result<T, Missed> {
        let mut deadline = Instant::now().checked_add(limit).unwrap_or_else(far_future);
        let mut has_extension = true;
        loop {
            match timeout_at(deadline, &mut self.handle).await {
                Ok(Ok(Timed { output, elapsed, longest_poll })) => {
                    let excess = elapsed.saturating_sub(limit);
                    let is_late = excess > Duration::ZERO && longest_poll >= excess;
                    return if is_late { Err(Missed::TimedOut) } else { Ok(output) };
                }
                Ok(Err(ended)) => return Err(Missed::Ended(ended)),
                Err(_) => {
                    let stalled = Instant::now() - deadline;
                    if !std::mem::take(&mut has_extension) || stalled < STALL {
                        return Err(Missed::TimedOut);
                    }
                    deadline += 2 * stalled;
                }
            }
        }
    }
}

impl<T> Drop for HookTask<T> {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

impl TaskControl {
    /// Waits until the task is gone, at most for `limit`. Returns whether it is.
    pub(super) async fn gone_within(&self, limit: Duration) -> bool {
        timeout(limit, self.gone.requested()).await.is_ok()
    }

    /// Aborts the task, and waits until it is gone, at most for `limit`. Returns whether it is.
    pub(super) async fn abort_within(&self, limit: Duration) -> bool {
        self.abort.abort();
        self.gone_within(limit).await
    }

    pub(super) fn is_gone(&self) -> bool {
        self.gone.is_requested()
    }
}

/// Returns a time beyond all deadlines, in about 30 years.
fn far_future() -> Instant {
    Instant::now() + Duration::from_secs(1_000_000_000)
}

impl Limit {
    /// Returns the cause of the failure of a hook that exceeds the limit.
    pub(super) fn exceeded(self) -> HookFailureCause {
        match self.whole {
            None => HookFailureCause::TimedOut(self.time),
            Some(whole) => HookFailureCause::CutShort { share: self.time, whole },
        }
    }
}

/// Converts the error or panic of a hook into a failure.
pub(super) async fn catch_failure(
    container: &'static str,
    node: &'static Node,
    hook: Hook,
    future: BoxFuture<Result<(), BoxError>>,
) -> Result<(), HookFailure> {
    match AssertUnwindSafe(future).catch_unwind().await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(HookFailure::failed(container, node, hook, error)),
        Err(panic) => {
            let message = panic_message(&*panic).unwrap_or("with a non-string payload").to_owned();
            Err(HookFailure::new(container, node, hook, HookFailureCause::Panicked(message)))
        }
    }
}

/// Measures the time of a hook and of its longest poll.
pub(super) async fn timed<T>(future: impl Future<Output = T>) -> Timed<T> {
    let begun = Instant::now();
    let mut future = pin!(future);
    let mut longest_poll = Duration::ZERO;
    let output = poll_fn(|context| {
        let poll_begun = std::time::Instant::now();
        let poll = future.as_mut().poll(context);
        longest_poll = longest_poll.max(poll_begun.elapsed());
        poll
    })
    .await;
    Timed { output, elapsed: begun.elapsed(), longest_poll }
}
