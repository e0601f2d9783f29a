//! The simulated disk: files that survive a crash, except for unsynced changes.
//!
//! A component takes an `Arc<dyn` [`Disk`](di_core::ambient::Disk)`>`. [`Sim::disk`](crate::Sim::disk) returns the disk
//! of a host in the simulation. It lives as long as the run, so a component that is created again after a
//! [`crash`](SimDisk::crash) finds what its predecessor left there.
//!
//! ```test_harness
//! use std::io;
//! use di_core::ambient::Disk;
//! use testkit::Sim;
//!
//! /// Replaces the file `settings` at once.
//! async fn save(disk: &dyn Disk, text: &str) -> io::Result<()> {
//!     disk.write("settings.new", text.as_bytes()).await?;
//!     disk.sync("settings.new").await?;
//!     disk.rename("settings.new", "settings").await?;
//!     disk.sync_directory("").await
//! }
//!
//! #[testkit::test]
//! async fn saved_settings_survive_a_crash(sim: Sim) {
//!     let disk = sim.disk("app");
//!     save(&disk, "color = blue").await.unwrap();
//!     let disk = disk.crash();
//!     assert_eq!(disk.read("settings").await.unwrap(), b"color = blue");
//! }
//! ```
//!
//! # A crash
//! The schedule decides which unsynced changes a crash keeps. In the first schedule, it keeps all of them. Otherwise:
//!
//! - Of the unsynced writes to a file, the first ones survive. The last one of them may be torn: all but its last byte
//!   survive, or the first half. An unsynced [`write`](di_core::ambient::Disk::write) to an existing file may also leave
//!   the file empty, or the old content.
//! - Of the unsynced creations, renames and removals in a directory, the first ones survive. A file can therefore be
//!   there without its content, or not at all although its content was synced.
//!
//! Each loss is a choice, and the report of a failure shows it as a sentence, such as "the last 12 bytes of
//! `catalog.log` were not on the disk when `db` crashed".
//!
//! A handle belongs to the time between two crashes. The operations of older handles fail and have no effect, so a task
//! of the crashed host cannot change the disk any more. [`crash`](SimDisk::crash) and [`Sim::disk`](crate::Sim::disk)
//! return a new handle.
//!
//! # Operations
//! An operation may be preempted before it begins, like any operation of tokio. With a [`latency`](SimDisk::latency), a
//! change happens at the start of that time, and a sync takes effect at the end: it covers the changes made before it
//! began. [`capacity`](SimDisk::capacity) limits the size of all files, and [`may_fail`](SimDisk::may_fail) lets the
//! schedule fail operations.
//!
//! Limits: writes to one file reach the disk in order, and bytes that were written once are not damaged later. There are
//! no symbolic links, permissions or memory maps.

mod content;
mod crash;
mod drive;
mod handle;
mod names;
mod report;
mod sim;
mod storage;

pub use handle::SimDisk;
pub use sim::HostName;
pub(crate) use sim::crash;
