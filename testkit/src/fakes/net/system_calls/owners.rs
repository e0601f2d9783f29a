//! The simulated file descriptors of the process, and the threads that simulate them.

use std::ffi::c_int;
use std::sync::atomic::{AtomicU32, Ordering};

/// Descriptors from this number on are never simulated.
pub(super) const MAX_DESCRIPTOR: usize = 1 << 16;

/// Owner of a descriptor after its thread has ended.
pub(super) const ENDED: u32 = u32::MAX;

/// Number of the thread that simulates each descriptor; 0 if it is the system's.
static OWNERS: [AtomicU32; MAX_DESCRIPTOR] = [const { AtomicU32::new(0) }; MAX_DESCRIPTOR];

/// Returns the thread that simulates a descriptor; 0 if it is the system's.
#[inline]
pub(super) fn owner(descriptor: c_int) -> u32 {
    OWNERS.get(descriptor as usize).map_or(0, |owner| owner.load(Ordering::Relaxed))
}

/// Returns whether a descriptor is simulated by any thread.
#[inline]
pub(super) fn is_simulated(descriptor: c_int) -> bool {
    owner(descriptor) != 0
}

/// Records that a thread simulates a descriptor, or with 0 that none does. Fails if the number is too high.
pub(super) fn set_owner(descriptor: c_int, owner: u32) -> bool {
    OWNERS.get(descriptor as usize).map(|slot| slot.store(owner, Ordering::Relaxed)).is_some()
}

/// Returns a number for a thread that simulates descriptors.
pub(super) fn next_owner() -> u32 {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    COUNT.fetch_add(1, Ordering::Relaxed) + 1
}
