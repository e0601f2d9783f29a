//! Public handle of a disk, and its operations.

use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::task::{Poll, ready};
use std::time::Duration;

use di_core::BoxFuture;
use di_core::ambient::Disk;
use tokio::task::coop::poll_proceed;

use super::drive::{Drive, Drives};
use super::storage::Storage;
use crate::executor::World;
use crate::sim::{Decider, Sim};

/// The disk of a host, returned by [`Sim::disk`]. Copies refer to the same disk. The [module docs](super) describe its
/// behavior.
///
/// # Panics
/// All methods panic when called outside the simulation's thread, or after the end of the simulation.
#[derive(Clone, Copy)]
pub struct SimDisk {
    sim: Sim,
    number: usize,
    /// Number of crashes when this handle was created.
    boot: u32,
}

impl SimDisk {
    #[track_caller]
    pub(super) fn of(sim: Sim, host: &str) -> Self {
        let world = sim.world();
        let drives = Drives::of(&world);
        let number = drives.number(&world, host);
        let boot = drives.get(number).borrow().crashes;
        SimDisk { sim, number, boot }
    }

    /// Crashes the disk, as if the power failed. The schedule decides which of the unsynced changes survive. Returns the
    /// disk as it is after the crash; operations of older handles fail from now on.
    pub fn crash(&self) -> SimDisk {
        let drive = self.drive();
        drive.borrow_mut().crash();
        SimDisk { boot: drive.borrow().crashes, ..*self }
    }

    /// Sets the virtual time that each operation takes. Zero by default.
    pub fn latency(&self, latency: Duration) -> &Self {
        self.drive().borrow_mut().latency = latency;
        self
    }

    /// Limits the size of all files together. A write that needs more fails with
    /// [`StorageFull`](io::ErrorKind::StorageFull) and adds nothing. Unlimited by default.
    pub fn capacity(&self, bytes: u64) -> &Self {
        self.drive().borrow_mut().storage.capacity = Some(bytes);
        self
    }

    /// Lets the schedule decide for each operation whether it fails. A failed operation has no effect.
    pub fn may_fail(&self) -> &Self {
        self.drive().borrow_mut().faults.get_or_insert_with(|| Decider::new("the failure of a disk"));
        self
    }

    /// Turns off the optional faults: from now on, no operation fails by choice of the schedule.
    pub fn calm(&self) -> &Self {
        self.drive().borrow_mut().faults = None;
        self
    }

    fn drive(&self) -> Rc<RefCell<Drive>> {
        Drives::of(&self.sim.world()).get(self.number)
    }

    /// Runs `effect`, and waits for the latency of the disk. `operation` describes it as a noun: ``read of `a` ``.
    async fn run<T>(self, operation: String, effect: impl FnOnce(&mut Storage) -> io::Result<T>) -> io::Result<T> {
        poll_fn(|context| {
            ready!(poll_proceed(context)).made_progress();
            Poll::Ready(())
        })
        .await;
        World::record_fake_call();
        let (latency, result) = self.begin(&operation, effect)?;
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
            self.drive().borrow().check_boot(self.boot)?;
        }
        result
    }

    fn begin<T>(
        self,
        operation: &str,
        effect: impl FnOnce(&mut Storage) -> io::Result<T>,
    ) -> io::Result<(Duration, io::Result<T>)> {
        let drive = self.drive();
        let mut drive = drive.borrow_mut();
        drive.check_boot(self.boot)?;
        drive.check_fault(operation)?;
        let result = effect(&mut drive.storage);
        let result = result.map_err(|error| {
            io::Error::new(error.kind(), format!("the {operation} on the disk of `{}` failed: {error}", drive.host))
        });
        Ok((drive.latency, result))
    }
}

impl Disk for SimDisk {
    fn read(&self, path: &str) -> BoxFuture<io::Result<Vec<u8>>> {
        let path = path.to_owned();
        Box::pin(self.run(format!("read of `{path}`"), move |storage| storage.read(&path).map(<[u8]>::to_vec)))
    }

    fn read_at(&self, path: &str, start: u64, size: usize) -> BoxFuture<io::Result<Vec<u8>>> {
        let path = path.to_owned();
        Box::pin(self.run(format!("read of `{path}`"), move |storage| {
            let bytes = storage.read(&path)?;
            let start = usize::try_from(start).unwrap_or(usize::MAX).min(bytes.len());
            Ok(bytes[start..bytes.len().min(start.saturating_add(size))].to_vec())
        }))
    }

    fn write(&self, path: &str, content: &[u8]) -> BoxFuture<io::Result<()>> {
        let (path, content) = (path.to_owned(), content.to_vec());
        Box::pin(self.run(format!("write of `{path}`"), move |storage| storage.write(&path, content)))
    }

    fn append(&self, path: &str, bytes: &[u8]) -> BoxFuture<io::Result<()>> {
        let (path, bytes) = (path.to_owned(), bytes.to_vec());
        Box::pin(self.run(format!("append to `{path}`"), move |storage| storage.append(&path, bytes)))
    }

    fn sync(&self, path: &str) -> BoxFuture<io::Result<()>> {
        let (disk, path) = (*self, path.to_owned());
        Box::pin(async move {
            let begin = |storage: &mut Storage| Ok((storage.names.find(&path)?, storage.changes));
            let (file, end) = disk.run(format!("sync of `{path}`"), begin).await?;
            disk.drive().borrow_mut().storage.sync(file, end);
            Ok(())
        })
    }

    fn rename(&self, from: &str, to: &str) -> BoxFuture<io::Result<()>> {
        let (from, to) = (from.to_owned(), to.to_owned());
        Box::pin(self.run(format!("rename of `{from}` to `{to}`"), move |storage| storage.rename(&from, &to)))
    }

    fn remove(&self, path: &str) -> BoxFuture<io::Result<()>> {
        let path = path.to_owned();
        Box::pin(self.run(format!("removal of `{path}`"), move |storage| storage.remove(&path)))
    }

    fn list(&self, directory: &str) -> BoxFuture<io::Result<Vec<String>>> {
        let directory = directory.to_owned();
        Box::pin(self.run(format!("listing of `{directory}`"), move |storage| storage.names.list(&directory)))
    }

    fn sync_directory(&self, directory: &str) -> BoxFuture<io::Result<()>> {
        let (disk, directory) = (*self, directory.to_owned());
        Box::pin(async move {
            let begin = |storage: &mut Storage| {
                storage.names.check_directory_exists(&directory)?;
                Ok(storage.changes)
            };
            let end = disk.run(format!("sync of the directory `{directory}`"), begin).await?;
            disk.drive().borrow_mut().storage.sync_directory(&directory, end);
            Ok(())
        })
    }
}

impl fmt::Debug for SimDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimDisk").field("number", &self.number).finish_non_exhaustive()
    }
}
