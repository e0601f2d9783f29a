//! Simulated `eventfd` files.

use std::ffi::{c_int, c_uint};

use super::files::{self, Files, Kind};
use crate::fakes::net::kernel::Readiness;
use crate::interpose::{is_inside, system_call};

/// The counter of an `eventfd`.
pub(super) struct Event {
    count: u64,
    /// Whether a read takes 1, instead of all.
    is_semaphore: bool,
}

impl Event {
    pub(super) fn readiness(&self) -> Readiness {
        if self.count > 0 { Readiness::IN.and(Readiness::OUT) } else { Readiness::OUT }
    }
}

/// Reads the counter of an `eventfd`. Returns `None` if it is 0.
pub(super) fn read(event: &mut Event) -> Option<u64> {
    let taken = if event.is_semaphore { event.count.min(1) } else { event.count };
    event.count -= taken;
    (taken > 0).then_some(taken)
}

/// Adds to the counter of an `eventfd`, and notifies its watchers.
pub(super) fn write(files: &mut Files, descriptor: c_int, added: u64) {
    let Some(id) = files.id(descriptor) else { return };
    if let Some(Kind::Event(event)) = files.get_mut(id).map(|file| &mut file.kind) {
        event.count = event.count.saturating_add(added).min(u64::MAX - 1);
        files.touch(id, Readiness::IN);
    }
}

/// Replaces libc's `eventfd`.
#[unsafe(no_mangle)]
extern "C" fn eventfd(count: c_uint, flags: c_int) -> c_int {
    if is_inside() {
        let event = Event { count: count.into(), is_semaphore: flags & libc::EFD_SEMAPHORE != 0 };
        let added = files::with(|files| files.add(Kind::Event(event), flags & libc::EFD_NONBLOCK != 0));
        if let Some(Some(descriptor)) = added {
            return descriptor;
        }
    }
    // SAFETY: the call has no preconditions.
    unsafe { system_call!(libc::SYS_eventfd2, count, flags) as c_int }
}
