//! Simulated `epoll` files, with Linux's rules for levels and edges.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::c_int;

use libc::epoll_event;

use super::files::{self, FileId, Files, Kind};
use super::outcome::failed;
use super::owners::is_simulated;
use super::poll::timespec_of;
use super::refusal::not_simulated;
use crate::executor::World;
use crate::fakes::net::kernel::Readiness;
use crate::interpose::{is_inside, system_call};

/// An `epoll` file.
#[derive(Default)]
pub(super) struct Epoll {
    interests: BTreeMap<Watched, Interest>,
    /// Watched files at which something has happened, in order.
    queue: VecDeque<Watched>,
}

/// A watched file, under a descriptor. A file stays watched if its descriptor is closed and another one is left.
pub(super) type Watched = (c_int, FileId);

struct Interest {
    /// Conditions of interest, and flags. Without conditions, the interest is disabled.
    events: u32,
    data: u64,
    is_queued: bool,
}

/// Conditions that are always reported.
const ALWAYS: u32 = (libc::EPOLLERR | libc::EPOLLHUP) as u32;

impl Epoll {
    /// Records that something happened at a file. Returns whether it concerns the interest.
    pub(super) fn notice(&mut self, watched: Watched, ready: Readiness) -> bool {
        let Some(interest) = self.interests.get_mut(&watched) else { return false };
        // After a one-shot event, no conditions are left.
        if ready.0 & interest.events == 0 {
            return false;
        }
        if !std::mem::replace(&mut interest.is_queued, true) {
            self.queue.push_back(watched);
        }
        true
    }

    /// Ends the interest in a file. Returns whether there was one.
    pub(super) fn remove(&mut self, watched: Watched) -> bool {
        self.queue.retain(|&queued| queued != watched);
        self.interests.remove(&watched).is_some()
    }

    pub(super) fn watched(self) -> impl Iterator<Item = FileId> {
        self.interests.into_keys().map(|(_, file)| file)
    }

    pub(super) fn readiness(&self) -> Readiness {
        if self.queue.is_empty() { Readiness::default() } else { Readiness::IN }
    }
}

/// Replaces libc's `epoll_create1`.
#[unsafe(no_mangle)]
extern "C" fn epoll_create1(flags: c_int) -> c_int {
    if is_inside()
        && let Some(Some(descriptor)) = files::with(|files| files.add(Kind::Epoll(Epoll::default()), false))
    {
        return descriptor;
    }
    // SAFETY: the call has no preconditions.
    unsafe { system_call!(libc::SYS_epoll_create1, flags) as c_int }
}

/// Replaces libc's `epoll_create`.
#[unsafe(no_mangle)]
extern "C" fn epoll_create(_size: c_int) -> c_int {
    epoll_create1(0)
}

/// Replaces libc's `epoll_ctl`.
///
/// # Safety
/// As for libc's function, `event` must point to an event, unless a descriptor is removed.
#[unsafe(no_mangle)]
unsafe extern "C" fn epoll_ctl(epoll: c_int, operation: c_int, descriptor: c_int, event: *mut epoll_event) -> c_int {
    if !is_simulated(epoll) {
        // SAFETY: guaranteed by the caller.
        return unsafe { system_call!(libc::SYS_epoll_ctl, epoll, operation, descriptor, event) as c_int };
    }
    let event = match operation {
        libc::EPOLL_CTL_DEL => None,
        // SAFETY: guaranteed by the caller. The type is packed, so the pointer need not be aligned.
        _ => Some(unsafe { event.read_unaligned() }),
    };
    if !is_simulated(descriptor) {
        return watch_system_file(descriptor, event.is_some());
    }
    match files::with(|files| control(files, epoll, operation, descriptor, event)) {
        Some(Ok(())) => 0,
        Some(Err(errno)) => failed(errno) as c_int,
        None => failed(libc::EBADF) as c_int,
    }
}

/// Lets a simulated `epoll` watch a file of the system, at which nothing ever happens. Only tokio's own socket for signals
/// may be watched; all other files end the run.
fn watch_system_file(descriptor: c_int, is_watched: bool) -> c_int {
    let (mut family, mut length): (c_int, _) = (0, size_of::<c_int>() as libc::socklen_t);
    // SAFETY: the pointers are to local variables.
    let got = unsafe {
        let value = (&raw mut family).cast::<std::ffi::c_void>();
        system_call!(libc::SYS_getsockopt, descriptor, libc::SOL_SOCKET, libc::SO_DOMAIN, value, &raw mut length)
    };
    if is_watched && World::current().is_some() && (got != 0 || family != libc::AF_UNIX) {
        return not_simulated("epoll_ctl of a file that is not a socket") as c_int;
    }
    0
}

fn control(
    files: &mut Files,
    epoll: c_int,
    operation: c_int,
    descriptor: c_int,
    event: Option<epoll_event>,
) -> Result<(), c_int> {
    let epoll_id = files.id(epoll).ok_or(libc::EBADF)?;
    let file = files.id(descriptor).ok_or(libc::EBADF)?;
    let Some(Kind::Epoll(watching)) = files.get_mut(epoll_id).map(|file| &mut file.kind) else {
        return Err(libc::EINVAL);
    };
    let Some(event) = event else {
        if !watching.remove((descriptor, file)) {
            return Err(libc::ENOENT);
        }
        if let Some(file) = files.get_mut(file) {
            file.watchers.retain(|&watcher| watcher != (epoll_id, descriptor));
        }
        return Ok(());
    };
    let (events, data) = (event.events | ALWAYS, event.u64);
    match (operation, watching.interests.get_mut(&(descriptor, file))) {
        (libc::EPOLL_CTL_ADD, None) => {
            watching.interests.insert((descriptor, file), Interest { events, data, is_queued: false });
            if let Some(file) = files.get_mut(file) {
                file.watchers.push((epoll_id, descriptor));
            }
        }
        (libc::EPOLL_CTL_ADD, Some(_)) => return Err(libc::EEXIST),
        (libc::EPOLL_CTL_MOD, Some(interest)) => (interest.events, interest.data) = (events, data),
        (libc::EPOLL_CTL_MOD, None) => return Err(libc::ENOENT),
        _ => return Err(libc::EINVAL),
    }
    let ready = files.readiness(file);
    files.notice(epoll_id, (descriptor, file), ready);
    Ok(())
}

/// Takes the events of an `epoll` file, at most as many as there is space for.
fn take(files: &mut Files, epoll: c_int, events: &mut [std::mem::MaybeUninit<epoll_event>]) -> Result<usize, c_int> {
    let id = files.id(epoll).ok_or(libc::EBADF)?;
    let Some(Kind::Epoll(file)) = files.get(id).map(|file| &file.kind) else { return Err(libc::EINVAL) };
    let (mut taken, mut kept) = (0, Vec::new());
    for _ in 0..file.queue.len() {
        if taken == events.len() {
            break;
        }
        let Some(Kind::Epoll(file)) = files.get_mut(id).map(|file| &mut file.kind) else { break };
        let Some(watched) = file.queue.pop_front() else { break };
        let Some(interest) = file.interests.get_mut(&watched) else { continue };
        interest.is_queued = false;
        let (wanted, data) = (interest.events, interest.data);
        let ready = files.readiness(watched.1).0 & wanted;
        if ready == 0 {
            continue;
        }
        events[taken].write(epoll_event { events: ready, u64: data });
        taken += 1;
        let Some(Kind::Epoll(file)) = files.get_mut(id).map(|file| &mut file.kind) else { break };
        let Some(interest) = file.interests.get_mut(&watched) else { continue };
        if wanted & libc::EPOLLONESHOT as u32 != 0 {
            interest.events &= (libc::EPOLLET | libc::EPOLLONESHOT) as u32;
        } else if wanted & libc::EPOLLET as u32 == 0 {
            // A level is reported again as long as it lasts.
            interest.is_queued = true;
            kept.push(watched);
        }
    }
    if let Some(Kind::Epoll(file)) = files.get_mut(id).map(|file| &mut file.kind) {
        file.queue.extend(kept);
    }
    Ok(taken)
}

/// Replaces libc's `epoll_wait`.
///
/// # Safety
/// As for libc's function, `events` must point to writable space for `max` events.
#[unsafe(no_mangle)]
unsafe extern "C" fn epoll_wait(epoll: c_int, events: *mut epoll_event, max: c_int, timeout: c_int) -> c_int {
    if !is_simulated(epoll) {
        let no_mask = std::ptr::null::<libc::sigset_t>();
        // SAFETY: guaranteed by the caller.
        return unsafe {
            system_call!(libc::SYS_epoll_pwait, epoll, events, max, timeout, no_mask, size_of::<u64>()) as c_int
        };
    }
    if max <= 0 {
        return failed(libc::EINVAL) as c_int;
    }
    // SAFETY: guaranteed by the caller. An event has an alignment of 1 or the pointer is aligned.
    let events = unsafe { std::slice::from_raw_parts_mut(events.cast(), max as usize) };
    let mut timeout = timeout;
    loop {
        match files::with(|files| take(files, epoll, events)) {
            Some(Ok(0)) if timeout != 0 => {
                await_other_threads(timeout);
                timeout = timeout.min(0);
            }
            Some(Ok(count)) => return count as c_int,
            Some(Err(errno)) => return failed(errno) as c_int,
            None => return failed(libc::EBADF) as c_int,
        }
    }
}

/// Waits until another thread writes to an `eventfd` of this one, at most for this many milliseconds, or without a limit
/// if the number is negative. Only a clock that a test has resumed lets the thread of a simulation wait.
fn await_other_threads(milliseconds: c_int) {
    let Some(events) = files::with(|files| files.events()) else { return };
    let mut polled: Vec<_> = events.iter().map(|&fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 }).collect();
    let time = timespec_of(milliseconds);
    let limit = if milliseconds < 0 { std::ptr::null() } else { &raw const time };
    let no_mask = std::ptr::null::<libc::sigset_t>();
    // SAFETY: the pointers are to local variables.
    unsafe { system_call!(libc::SYS_ppoll, polled.as_mut_ptr(), polled.len(), limit, no_mask, size_of::<u64>()) };
    for polled in polled.iter().filter(|polled| polled.revents & libc::POLLIN != 0) {
        let mut count = 0_u64;
        // SAFETY: the pointer is to a local variable of 8 bytes.
        unsafe { system_call!(libc::SYS_read, polled.fd, &raw mut count, size_of::<u64>()) };
        files::with(|files| super::event::write(files, polled.fd, count));
    }
}

/// Replaces libc's `epoll_pwait`. A simulation has no signals, so the mask has no effect on simulated files.
///
/// # Safety
/// As for libc's function, `events` must point to writable space for `max` events, and `mask` to a signal mask or be
/// null.
#[unsafe(no_mangle)]
unsafe extern "C" fn epoll_pwait(
    epoll: c_int,
    events: *mut epoll_event,
    max: c_int,
    timeout: c_int,
    mask: *const libc::sigset_t,
) -> c_int {
    if is_simulated(epoll) {
        // SAFETY: guaranteed by the caller.
        return unsafe { epoll_wait(epoll, events, max, timeout) };
    }
    // SAFETY: guaranteed by the caller. The kernel's masks have 8 bytes.
    unsafe { system_call!(libc::SYS_epoll_pwait, epoll, events, max, timeout, mask, size_of::<u64>()) as c_int }
}
