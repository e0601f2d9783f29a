//! Hosts as machines: what they run, and when they crash.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::Location;
use std::rc::Rc;
use std::time::Duration;

use di_core::ambient::{TaskEnd, TaskOrigin};

use super::handle;
use super::host::set_host;
use crate::executor::{TaskFuture, World};
use crate::fakes::disk;
use crate::sim::{Decider, Sim};
use crate::trace::Event;

/// The time at which a host starts again after the schedule has crashed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Restart {
    /// Not at all, unless the test restarts it.
    Never,
    /// After this time.
    After(Duration),
}

/// The machines of a run.
#[derive(Default)]
pub(super) struct Machines(RefCell<BTreeMap<usize, Machine>>);

/// A host with what it runs.
#[derive(Default)]
struct Machine {
    program: Option<Rc<Program>>,
    /// Set if the schedule may crash the host.
    crashes: Option<Crashes>,
    /// Number of crashes so far.
    count: usize,
}

/// The code that a host runs when it is up.
pub(super) struct Program {
    pub(super) site: &'static Location<'static>,
    pub(super) start: Box<dyn Fn() -> TaskFuture>,
    pub(super) size: usize,
}

/// Crashes by the schedule.
struct Crashes {
    decider: Rc<Decider>,
    restart: Restart,
    /// Number of polls of the host's tasks so far.
    polls: usize,
}

impl Machines {
    /// Returns the machines of the current run.
    pub(super) fn of(world: &World) -> Rc<Machines> {
        world.fakes.extension_or_default()
    }

    fn with<R>(&self, host: usize, act: impl FnOnce(&mut Machine) -> R) -> R {
        act(self.0.borrow_mut().entry(host).or_default())
    }

    /// Sets what a host runs, and starts it if the host is up.
    pub(super) fn set_program(&self, world: &World, host: usize, program: Program) {
        let program = Rc::new(program);
        self.with(host, |machine| machine.program = Some(program.clone()));
        if handle::is_up(world, host) {
            start(world, host, &program);
        }
    }

    /// Lets the schedule crash a host before any poll of its tasks.
    pub(super) fn may_crash(self: &Rc<Self>, sim: Sim, host: usize, restart: Restart) {
        let decider = Rc::new(Decider::new("a host"));
        self.with(host, |machine| machine.crashes = Some(Crashes { decider, restart, polls: 0 }));
        let machines = self.clone();
        sim.world().hosts.set_before_poll(Rc::new(move |host| machines.before_poll(sim, host as usize)));
    }

    /// Lets the schedule crash no more hosts.
    pub(super) fn calm(&self) {
        self.0.borrow_mut().values_mut().for_each(|machine| machine.crashes = None);
    }

    fn before_poll(&self, sim: Sim, host: usize) {
        let world = sim.world();
        if !handle::is_up(&world, host) {
            return;
        }
        let due = self.with(host, |machine| {
            let crashes = machine.crashes.as_mut()?;
            crashes.polls += 1;
            Some((crashes.decider.clone(), crashes.polls, crashes.restart))
        });
        let Some((decider, poll, restart)) = due else { return };
        let name = || handle::host_name(&world, host);
        let crash = decider.decide_at(poll, 0, 3, |crash| match crash {
            1 => format!("host `{}` crashed, and reset its connections", name()),
            _ => silent_crash(&name()),
        });
        if crash == 0 {
            return;
        }
        self.crash(sim, host, crash == 1);
        if let Restart::After(time) = restart {
            self.restart_after(sim, host, time);
        }
    }

    /// Crashes a host: its sockets are gone, and its tasks are dropped before they are polled again.
    pub(super) fn crash(&self, sim: Sim, host: usize, resets: bool) {
        self.with(host, |machine| machine.count += 1);
        let world = sim.world();
        if !handle::is_up(&world, host) {
            return;
        }
        handle::call_kernel(&world, |kernel| kernel.crash(host, resets));
        let name = handle::host_name(&world, host);
        disk::crash(&world, &name);
        world.record(|| Event::Crash { host: name });
        for task in world.tasks_of(host as u32) {
            world.abort(task);
        }
    }

    /// Starts a host that is down.
    pub(super) fn restart(&self, sim: Sim, host: usize) {
        let world = sim.world();
        if handle::is_up(&world, host) {
            return;
        }
        handle::call_kernel(&world, |kernel| kernel.hosts[host].is_up = true);
        world.record(|| Event::Restart { host: handle::host_name(&world, host) });
        if let Some(program) = self.with(host, |machine| machine.program.clone()) {
            start(&world, host, &program);
        }
    }

    /// Restarts a host after a time, unless it has been restarted in the meantime.
    fn restart_after(&self, sim: Sim, host: usize, time: Duration) {
        let count = self.with(host, |machine| machine.count);
        let world = sim.world();
        let restart = async move {
            tokio::time::sleep(time).await;
            let machines = Machines::of(&sim.world());
            if machines.with(host, |machine| machine.count == count) {
                machines.restart(sim, host);
            }
            TaskEnd::Done
        };
        world.spawn_background("restart", Location::caller(), Box::pin(restart));
    }
}

/// Describes a crash that resets no connections.
pub(super) fn silent_crash(name: &str) -> String {
    format!("host `{name}` crashed, and did not reset its connections")
}

/// Starts the program of a host.
fn start(world: &World, host: usize, program: &Program) {
    let name = handle::host_name(world, host);
    let future = (program.start)();
    let origin = TaskOrigin::new(&name, program.site, program.size);
    if let Some(task) = world.spawn(origin, future) {
        set_host(world, task, host);
    }
}
