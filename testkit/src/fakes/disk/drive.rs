//! The disks of a run, by host.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use super::crash::Deciders;
use super::report;
use super::storage::Storage;
use crate::executor::World;
use crate::sim::Decider;

/// The disks of a run.
#[derive(Default)]
pub(super) struct Drives(RefCell<Vec<Rc<RefCell<Drive>>>>);

/// A host with its disk.
pub(super) struct Drive {
    pub(super) host: String,
    pub(super) storage: Storage,
    /// Number of crashes so far.
    pub(super) crashes: u32,
    /// Time that each operation takes.
    pub(super) latency: Duration,
    /// Decides about each operation whether it fails.
    pub(super) faults: Option<Decider>,
    /// Number of operations so far.
    operations: usize,
    deciders: Deciders,
}

impl Drives {
    /// Returns the disks of the current run.
    pub(super) fn of(world: &World) -> Rc<Drives> {
        world.fakes.extension_or_default()
    }

    /// Returns the number of the disk of a host, adding a disk if the host is new.
    pub(super) fn number(&self, world: &World, host: &str) -> usize {
        let mut drives = self.0.borrow_mut();
        if let Some(number) = drives.iter().position(|drive| drive.borrow().host == host) {
            return number;
        }
        let drive = Rc::new(RefCell::new(Drive {
            host: host.to_owned(),
            storage: Storage::default(),
            crashes: 0,
            latency: Duration::ZERO,
            faults: None,
            operations: 0,
            deciders: Deciders::new(),
        }));
        let state = drive.clone();
        world.add_state_reporter(move |_| report::format(&state.borrow()));
        drives.push(drive);
        drives.len() - 1
    }

    /// Crashes the disk of a host, if it has one.
    pub(super) fn crash(&self, host: &str) {
        let found = self.0.borrow().iter().find(|drive| drive.borrow().host == host).cloned();
        if let Some(drive) = found {
            drive.borrow_mut().crash();
        }
    }

    /// Returns a disk by its number.
    pub(super) fn get(&self, number: usize) -> Rc<RefCell<Drive>> {
        self.0.borrow()[number].clone()
    }
}

impl Drive {
    pub(super) fn crash(&mut self) {
        self.crashes += 1;
        self.deciders.crash(&mut self.storage, &self.host);
    }

    /// Returns an error if the host has crashed since a handle was created.
    pub(super) fn check_boot(&self, boot: u32) -> io::Result<()> {
        if self.crashes == boot {
            return Ok(());
        }
        let host = &self.host;
        Err(io::Error::other(format!(
            "`{host}` has crashed since this handle of its disk was created: get a new one with `sim.disk(\"{host}\")`"
        )))
    }

    /// Lets the schedule decide whether an operation fails. `operation` describes it as a noun: ``read of `a` ``.
    pub(super) fn check_fault(&mut self, operation: &str) -> io::Result<()> {
        let (number, host) = (self.operations, &self.host);
        self.operations += 1;
        let Some(faults) = &self.faults else { return Ok(()) };
        match faults.decide_at(number, 0, 2, |_| format!("the {operation} on the disk of `{host}` failed")) {
            0 => Ok(()),
            _ => Err(io::Error::other(format!("input/output error: the {operation} on the disk of `{host}` failed"))),
        }
    }
}
