//! The simulated files of a thread, and their descriptors.

use std::cell::RefCell;
use std::ffi::c_int;
use std::rc::Rc;

use super::epoll::{Epoll, Watched};
use super::event::Event;
use super::owners::{self, MAX_DESCRIPTOR};
use crate::executor::World;
use crate::fakes::net::kernel::{Errno, Kernel, Readiness, SharedKernel, SocketId};
use crate::interpose::system_call;

thread_local! {
    static FILES: RefCell<Files> = RefCell::new(Files::new());
}

/// Number of a simulated file of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileId(pub(super) u32);

/// The simulated files of a thread. They may outlive a run, as those of tokio's runtime do.
pub(super) struct Files {
    owner: u32,
    /// Files by number.
    files: Vec<Option<File>>,
    free_files: Vec<u32>,
    /// The files of descriptors, by descriptor.
    descriptors: Vec<Option<FileId>>,
    /// Descriptors that stand for no file at present.
    free_descriptors: Vec<c_int>,
}

/// A simulated file.
pub(super) struct File {
    pub(super) kind: Kind,
    pub(super) is_nonblocking: bool,
    /// Number of descriptors that refer to it.
    references: u32,
    /// The `epoll` files that watch it, and under which descriptor.
    pub(super) watchers: Vec<(FileId, c_int)>,
}

/// Kind of a simulated file.
pub(super) enum Kind {
    Socket(Socket),
    Event(Event),
    Epoll(Epoll),
}

/// A socket of a run's kernel.
#[derive(Clone)]
pub(super) struct Socket {
    pub(super) kernel: std::rc::Weak<RefCell<Kernel>>,
    pub(super) id: SocketId,
    /// `AF_INET` or `AF_INET6`.
    pub(super) family: c_int,
    /// `SOCK_STREAM` or `SOCK_DGRAM`.
    pub(super) socket_type: c_int,
    pub(super) options: Rc<RefCell<super::options::Options>>,
}

/// Calls `act` with the files of this thread. Returns `None` while the thread ends.
pub(super) fn with<R>(act: impl FnOnce(&mut Files) -> R) -> Option<R> {
    FILES.try_with(|files| act(&mut files.borrow_mut())).ok()
}

/// Returns the socket of a descriptor, and whether its calls must not block. `None` if it is not a simulated socket of this
/// thread.
pub(super) fn socket(descriptor: c_int) -> Option<(Socket, bool)> {
    if !owners::is_simulated(descriptor) {
        return None;
    }
    with(|files| {
        let file = files.file(descriptor)?;
        match &file.kind {
            Kind::Socket(socket) => Some((socket.clone(), file.is_nonblocking)),
            _ => None,
        }
    })?
}

impl Socket {
    /// Calls the kernel. Returns `None` after the end of the run.
    pub(super) fn call<R>(&self, act: impl FnOnce(&mut Kernel, SocketId) -> R) -> Option<R> {
        let kernel: SharedKernel = self.kernel.upgrade()?;
        Some(crate::fakes::net::call::call(&kernel, |kernel| act(kernel, self.id)))
    }

    /// Calls the kernel. After the end of the run, a socket is no longer open.
    pub(super) fn try_call<R>(&self, act: impl FnOnce(&mut Kernel, SocketId) -> Result<R, Errno>) -> Result<R, Errno> {
        self.call(act).unwrap_or(Err(Errno::BadDescriptor))
    }
}

impl Files {
    fn new() -> Self {
        Files {
            owner: owners::next_owner(),
            files: Vec::new(),
            free_files: Vec::new(),
            descriptors: Vec::new(),
            free_descriptors: Vec::new(),
        }
    }

    /// Adds a file, and returns its descriptor. `None` if the system has no more descriptors.
    pub(super) fn add(&mut self, kind: Kind, is_nonblocking: bool) -> Option<c_int> {
        let descriptor = self.descriptor()?;
        let file = File { kind, is_nonblocking, references: 0, watchers: Vec::new() };
        let id = match self.free_files.pop() {
            Some(number) => {
                self.files[number as usize] = Some(file);
                FileId(number)
            }
            None => {
                self.files.push(Some(file));
                FileId(self.files.len() as u32 - 1)
            }
        };
        self.attach(descriptor, id);
        Some(descriptor)
    }

    /// Lets a descriptor refer to a file.
    fn attach(&mut self, descriptor: c_int, id: FileId) {
        let index = descriptor as usize;
        if self.descriptors.len() <= index {
            self.descriptors.resize(index + 1, None);
        }
        self.descriptors[index] = Some(id);
        owners::set_owner(descriptor, self.owner);
        if let Some(file) = self.get_mut(id) {
            file.references += 1;
        }
    }

    /// Returns another descriptor of the same file.
    pub(super) fn duplicate(&mut self, descriptor: c_int) -> Option<c_int> {
        let id = self.id(descriptor)?;
        let another = self.descriptor()?;
        self.attach(another, id);
        Some(another)
    }

    /// Returns a descriptor that stands for no file.
    fn descriptor(&mut self) -> Option<c_int> {
        // Descriptors are kept, because creating one takes longer than all else that a call does.
        if let Some(free) = self.free_descriptors.pop() {
            return Some(free);
        }
        // SAFETY: the call has no preconditions.
        let new = unsafe { system_call!(libc::SYS_eventfd2, 0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) } as c_int;
        if new >= 0 && new as usize >= MAX_DESCRIPTOR {
            // SAFETY: the descriptor was just created.
            unsafe { system_call!(libc::SYS_close, new) };
            return None;
        }
        (new >= 0).then_some(new)
    }

    /// Returns whether this thread simulates a descriptor, or keeps it for later.
    pub(super) fn is_own(&self, descriptor: c_int) -> bool {
        owners::owner(descriptor) == self.owner
    }

    /// Returns the file of a descriptor.
    pub(super) fn id(&self, descriptor: c_int) -> Option<FileId> {
        if !self.is_own(descriptor) {
            return None;
        }
        *self.descriptors.get(descriptor as usize)?
    }

    pub(super) fn get(&self, id: FileId) -> Option<&File> {
        self.files.get(id.0 as usize)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, id: FileId) -> Option<&mut File> {
        self.files.get_mut(id.0 as usize)?.as_mut()
    }

    pub(super) fn file(&self, descriptor: c_int) -> Option<&File> {
        self.get(self.id(descriptor)?)
    }

    pub(super) fn file_mut(&mut self, descriptor: c_int) -> Option<&mut File> {
        self.get_mut(self.id(descriptor)?)
    }

    /// Closes a descriptor. Returns the socket that nothing refers to any more. `None` if the descriptor is not
    /// simulated by this thread.
    pub(super) fn close(&mut self, descriptor: c_int) -> Option<Option<Socket>> {
        let id = self.id(descriptor)?;
        self.descriptors[descriptor as usize] = None;
        // The descriptor stays with this thread, so that the system does not give the number to anything else.
        self.free_descriptors.push(descriptor);
        let file = self.get_mut(id)?;
        file.references -= 1;
        if file.references > 0 {
            return Some(None);
        }
        let file = self.files[id.0 as usize].take()?;
        self.free_files.push(id.0);
        for (watcher, descriptor) in file.watchers {
            if let Some(Kind::Epoll(epoll)) = self.get_mut(watcher).map(|file| &mut file.kind) {
                epoll.remove((descriptor, id));
            }
        }
        match file.kind {
            Kind::Socket(socket) => Some(Some(socket)),
            Kind::Epoll(epoll) => {
                for watched in epoll.watched() {
                    if let Some(watched) = self.get_mut(watched) {
                        watched.watchers.retain(|&(watcher, _)| watcher != id);
                    }
                }
                Some(None)
            }
            Kind::Event(_) => Some(None),
        }
    }

    /// Returns the descriptors of `eventfd` files, to which other threads may write.
    pub(super) fn events(&self) -> Vec<c_int> {
        let is_event = |id: FileId| self.get(id).is_some_and(|file| matches!(file.kind, Kind::Event(_)));
        let numbered = self.descriptors.iter().zip(0..);
        numbered.filter(|(id, _)| id.is_some_and(is_event)).map(|(_, descriptor)| descriptor).collect()
    }

    /// Notifies the watchers of a file that these conditions may have become true, the last watcher first as on Linux.
    pub(super) fn touch(&mut self, id: FileId, ready: Readiness) {
        let watchers = self.get(id).map_or(0, |file| file.watchers.len());
        for at in (0..watchers).rev() {
            let Some(&(watcher, descriptor)) = self.get(id).and_then(|file| file.watchers.get(at)) else { return };
            self.notice(watcher, (descriptor, id), ready);
        }
    }

    /// Notifies a watcher of a file that these conditions may have become true.
    pub(super) fn notice(&mut self, watcher: FileId, watched: Watched, ready: Readiness) {
        let Some(Kind::Epoll(epoll)) = self.get_mut(watcher).map(|file| &mut file.kind) else { return };
        if epoll.notice(watched, ready) {
            if matches!(self.get(watched.1).map(|file| &file.kind), Some(Kind::Socket(_))) {
                World::with(|world| world.notice_ready_socket());
            }
            self.touch(watcher, Readiness::IN);
        }
    }

    /// Returns the current readiness of a file.
    pub(super) fn readiness(&self, id: FileId) -> Readiness {
        match self.get(id).map(|file| &file.kind) {
            Some(Kind::Socket(socket)) => match socket.kernel.upgrade() {
                Some(kernel) => kernel.borrow().readiness(socket.id),
                None => Readiness::HANG_UP,
            },
            Some(Kind::Event(event)) => event.readiness(),
            Some(Kind::Epoll(epoll)) => epoll.readiness(),
            None => Readiness::default(),
        }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        for &descriptor in &self.free_descriptors {
            owners::set_owner(descriptor, 0);
            // SAFETY: nothing refers to the descriptor.
            unsafe { system_call!(libc::SYS_close, descriptor) };
        }
        // A file that the thread still refers to may be closed later, by the destructors of its other values.
        for descriptor in (0..).zip(&self.descriptors).filter(|(_, id)| id.is_some()).map(|(descriptor, _)| descriptor)
        {
            if owners::owner(descriptor) == self.owner {
                owners::set_owner(descriptor, owners::ENDED);
            }
        }
    }
}
