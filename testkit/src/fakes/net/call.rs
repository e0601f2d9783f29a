//! Calls of the kernel, and the announcement of what they made ready.

use super::kernel::{Effects, Kernel, SharedKernel};

/// Calls the kernel, and announces what the call made ready.
pub(super) fn call<R>(kernel: &SharedKernel, act: impl FnOnce(&mut Kernel) -> R) -> R {
    let mut kernel = kernel.borrow_mut();
    let result = act(&mut kernel);
    let effects = kernel.take_effects();
    drop(kernel);
    // A waker may call the kernel itself.
    if let Some(effects) = effects {
        announce(effects);
    }
    result
}

fn announce(effects: Effects) {
    for waker in effects.wakers {
        waker.wake();
    }
    #[cfg(all(feature = "interpose", target_os = "linux", target_pointer_width = "64"))]
    super::system_calls::announce(&effects.touched);
    #[cfg(not(all(feature = "interpose", target_os = "linux", target_pointer_width = "64")))]
    debug_assert!(effects.touched.is_empty());
}
