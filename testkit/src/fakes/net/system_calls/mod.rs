//! The system's calls for sockets, as the code under test makes them, with the feature `interpose` on Linux.
//!
//! This binary defines functions with the names of libc's, so std, mio, socket2 and tokio call these. On a thread that
//! polls a task of a simulation, new sockets belong to the simulated kernel. All other files are the system's.
//!
//! A simulated file has a real descriptor, an `eventfd` that stands for it, so that numbers never clash. Nothing else
//! ever uses it, unless another thread gets hold of the number.

mod addresses;
mod control;
mod epoll;
mod event;
mod files;
mod messages;
mod names;
mod options;
mod outcome;
mod owners;
mod poll;
mod refusal;
mod sockets;
mod transfer;

use std::rc::Rc;

use super::handle;
use super::host::MAIN;
use super::kernel::{Readiness, SharedKernel};
use crate::executor::World;
use crate::interpose::is_inside;

/// Returns the run to which the calling code belongs. `None` outside of a simulation.
fn current_world() -> Option<Rc<World>> {
    if is_inside() { World::current() } else { None }
}

/// Returns the kernel of a run, and the number of the host of the task that is being polled.
fn kernel_and_host(world: &World) -> (SharedKernel, usize) {
    let kernel = handle::kernel(world);
    let host = world.current_host().map_or_else(|| kernel.borrow_mut().host(MAIN), |host| host as usize);
    (kernel, host)
}

/// Announces what happened at files that the kernel knows by number.
pub(super) fn announce(touched: &[(i32, Readiness)]) {
    files::with(|files| {
        for &(file, ready) in touched {
            files.touch(files::FileId(file as u32), ready);
        }
    });
}
