//! Tasks: their cells, wakers and join handles.

mod cell;
mod join;
mod remote_wakes;
mod tracing_waker;
mod wake_state;

pub(crate) use cell::TaskCell;
pub(crate) use join::JoinState;
pub(crate) use remote_wakes::RemoteWakes;
pub(crate) use tracing_waker::poll_captured;
