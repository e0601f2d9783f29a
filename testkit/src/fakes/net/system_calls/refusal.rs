//! Calls that end a run, because they cannot be simulated.

use std::ffi::c_int;

use super::outcome::failed;
use crate::executor::World;

/// Ends the run because of a call that would block its thread. Returns the result of the call.
pub(super) fn would_block(call: &str) -> isize {
    refuse(libc::EAGAIN, || {
        format!(
            "`{call}` would block the thread of the simulation, because its socket is a blocking one. Use tokio's \
             sockets, or call `set_nonblocking(true)`"
        )
    })
}

/// Ends the run because of a call that is not simulated. Returns the result of the call.
pub(super) fn not_simulated(call: &str) -> isize {
    refuse(libc::ENOSYS, || {
        format!("`{call}` is not simulated. Use another call, or replace the code that makes it with a fake")
    })
}

fn refuse(errno: c_int, describe: impl FnOnce() -> String) -> isize {
    World::with(|world| world.refuse_call(describe));
    failed(errno)
}
