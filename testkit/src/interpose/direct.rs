//! System calls without libc, and Linux's `syscall`, by which the versions 0.2 of the `getrandom` crate ask for random
//! bytes.

use std::arch::asm;
use std::ffi::{c_int, c_long, c_void};

use super::{is_inside, write_virtual_bytes};

/// Replaces libc's `syscall`. It takes a variable number of arguments, which are passed like these. A system call has at
/// most six.
///
/// # Safety
/// As for libc's function, the arguments must be what the system call needs.
#[unsafe(no_mangle)]
unsafe extern "C" fn syscall(
    number: c_long,
    first: c_long,
    second: c_long,
    third: c_long,
    fourth: c_long,
    fifth: c_long,
    sixth: c_long,
) -> c_long {
    if number == libc::SYS_getrandom && is_inside() {
        // SAFETY: guaranteed by the caller.
        unsafe { write_virtual_bytes(first as *mut c_void, second as usize) };
        return second;
    }
    // SAFETY: guaranteed by the caller.
    unsafe { call(number, [first, second, third, fourth, fifth, sixth]) }
}

/// Makes a system call. Returns -1 and sets `errno` if it fails.
///
/// # Safety
/// The arguments must be what the system call needs.
#[inline]
pub(crate) unsafe fn call(number: c_long, arguments: [c_long; 6]) -> c_long {
    // SAFETY: guaranteed by the caller.
    let result = unsafe { call_system(number, arguments) };
    if (-4095..0).contains(&result) {
        // SAFETY: the location is valid for each thread.
        unsafe { *libc::__errno_location() = -result as c_int };
        return -1;
    }
    result
}

/// Returns the result of a system call, or its negative error number.
///
/// # Safety
/// The arguments must be what the system call needs.
#[cfg(target_arch = "x86_64")]
#[inline]
unsafe fn call_system(number: c_long, arguments: [c_long; 6]) -> c_long {
    let result;
    // SAFETY: these are the registers of the system's calling convention.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") arguments[0],
            in("rsi") arguments[1],
            in("rdx") arguments[2],
            in("r10") arguments[3],
            in("r8") arguments[4],
            in("r9") arguments[5],
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}

/// Returns the result of a system call, or its negative error number.
///
/// # Safety
/// The arguments must be what the system call needs.
#[cfg(target_arch = "aarch64")]
#[inline]
unsafe fn call_system(number: c_long, arguments: [c_long; 6]) -> c_long {
    let result;
    // SAFETY: these are the registers of the system's calling convention.
    unsafe {
        asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") arguments[0] => result,
            in("x1") arguments[1],
            in("x2") arguments[2],
            in("x3") arguments[3],
            in("x4") arguments[4],
            in("x5") arguments[5],
            options(nostack),
        );
    }
    result
}
