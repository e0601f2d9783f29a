//! Public handles: the network, its hosts and its links.

use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use di_core::ambient::TaskEnd;
use tokio::time::{Sleep, sleep_until};

use super::call::call;
use super::host::Host;
use super::kernel::{Deciders, Delivery, Kernel, LinkId, LinkRules, SharedKernel};
use super::machine::Machines;
use super::netstat;
use crate::executor::{ReportScope, World};
use crate::sim::Sim;

/// The network of a simulation, returned by [`Sim::net`]. Clones share one network. The [module docs](super) describe
/// its behavior.
///
/// # Panics
/// All methods panic when called outside the simulation's thread, or after the end of the simulation.
#[derive(Clone, Copy)]
pub struct Net {
    sim: Sim,
}

impl Net {
    pub(crate) fn new(sim: Sim) -> Self {
        Net { sim }
    }

    /// Returns the host `name`, creating it on first use.
    ///
    /// # Panics
    /// Panics if `name` is empty or contains `:`, or if there are more than 65,534 hosts.
    pub fn host(&self, name: &str) -> Host {
        assert!(
            !name.is_empty() && !name.contains(':'),
            "`{name}` is not a valid host name: it must not be empty or contain `:`"
        );
        let number = self.call(|kernel| kernel.host(name));
        Host::new(self.sim, number)
    }

    /// Sets the latency of every packet, on all links. Zero by default.
    pub fn latency(&self, latency: Duration) -> &Self {
        self.change(None, |rules| (rules.min_latency, rules.max_latency) = (latency, latency));
        self
    }

    /// Lets the schedule delay each packet by up to `max` beyond the latency, on all links.
    pub fn jitter(&self, max: Duration) -> &Self {
        self.change(None, |rules| rules.max_latency = rules.min_latency + max);
        self
    }

    /// Limits each direction of each link to this many bytes per second. Unlimited by default.
    ///
    /// # Panics
    /// Panics if `bytes_per_second` is 0.
    pub fn bandwidth(&self, bytes_per_second: u64) -> &Self {
        assert!(bytes_per_second > 0, "the bandwidth must be greater than 0: use `partition` to cut links");
        self.change(None, |rules| rules.bandwidth = Some(bytes_per_second));
        self
    }

    /// Lets the schedule lose packets, on all links. TCP sends them again.
    pub fn may_lose(&self) -> &Self {
        self.change(None, |rules| rules.may_lose = true);
        self
    }

    /// Lets the schedule deliver datagrams of UDP twice, on all links.
    pub fn may_duplicate(&self) -> &Self {
        self.change(None, |rules| rules.may_duplicate = true);
        self
    }

    /// Lets the schedule reset connections, on all links.
    pub fn may_reset(&self) -> &Self {
        self.change(None, |rules| rules.may_reset = true);
        self
    }

    /// Lets the schedule cut links, for `time` each time.
    pub fn may_cut(&self, time: Duration) -> &Self {
        self.change(None, |rules| rules.may_cut = Some(time));
        self
    }

    /// Returns the link between two hosts, to set its own rules.
    pub fn link(&self, first: &str, second: &str) -> Link {
        let id = self.call(|kernel| LinkId { from: kernel.host(first), to: kernel.host(second) });
        Link { net: *self, id }
    }

    /// Cuts all links between two groups of hosts until they are healed.
    pub fn partition<'a>(&self, some: impl IntoIterator<Item = &'a str>, others: impl IntoIterator<Item = &'a str>) {
        let others: Vec<_> = others.into_iter().collect();
        for one in some {
            for other in &others {
                self.link(one, other).cut();
            }
        }
    }

    /// Cuts a host off from all others.
    pub fn isolate(&self, name: &str) {
        let names = self.call(|kernel| kernel.hosts.iter().map(|host| host.name.clone()).collect::<Vec<_>>());
        self.partition([name], names.iter().map(String::as_str).filter(|other| *other != name));
    }

    /// Turns off the optional faults: from now on the schedule loses and duplicates no packets, resets no connections, cuts
    /// no links and crashes no hosts.
    pub fn calm(&self) {
        if let Some(machines) = self.sim.world().fakes.extension::<Machines>() {
            machines.calm();
        }
        self.change(None, |rules| {
            (rules.may_lose, rules.may_duplicate, rules.may_reset, rules.may_cut) = (false, false, false, None);
        });
        self.call(Kernel::end_cuts);
    }

    /// Ends all partitions. Packets sent in the meantime arrive when TCP sends them again.
    pub fn heal(&self) {
        self.change(None, |rules| rules.is_cut = false);
    }

    /// Resets all connections of a host at both ends, as if it had crashed and come back. Its tasks keep running.
    pub fn reset(&self, name: &str) {
        self.call(|kernel| {
            let host = kernel.host(name);
            kernel.reset_between(host, None);
        });
    }

    /// Returns the sockets of all hosts in the style of `netstat`. The report of a hanging test includes it.
    pub fn netstat(&self) -> String {
        netstat::format(&self.kernel().borrow()).unwrap_or_default()
    }

    fn change(&self, link: Option<LinkId>, change: impl Fn(&mut LinkRules)) {
        self.call(|kernel| kernel.change_rules(link, change));
    }

    /// Calls the kernel.
    pub(super) fn call<R>(&self, act: impl FnOnce(&mut Kernel) -> R) -> R {
        call(&self.kernel(), act)
    }

    fn kernel(&self) -> SharedKernel {
        kernel(&self.sim.world())
    }
}

/// Calls the kernel of a run.
pub(super) fn call_kernel<R>(world: &World, act: impl FnOnce(&mut Kernel) -> R) -> R {
    call(&kernel(world), act)
}

/// Returns the name of a host.
pub(super) fn host_name(world: &World, host: usize) -> String {
    kernel(world).borrow().hosts[host].name.clone()
}

/// Returns whether a host runs.
pub(super) fn is_up(world: &World, host: usize) -> bool {
    kernel(world).borrow().hosts[host].is_up
}

/// Returns the kernel of a run, creating it on first use.
pub(super) fn kernel(world: &World) -> SharedKernel {
    world.fakes.extension().unwrap_or_else(|| create(world))
}

/// Creates the kernel of a run, with a background task that delivers packets.
fn create(world: &World) -> SharedKernel {
    let kernel = Rc::new(RefCell::new(Kernel::new(Deciders::new())));
    world.fakes.add_extension(kernel.clone());
    world.spawn_background("network", Location::caller(), Box::pin(deliver(kernel.clone())));
    let state = kernel.clone();
    world.add_state_reporter(
        move |scope| if scope == ReportScope::Waiting { netstat::format(&state.borrow()) } else { None },
    );
    kernel
}

/// Delivers one packet per poll, so that tasks may run between any two.
async fn deliver(kernel: SharedKernel) -> TaskEnd {
    let mut arrival: Option<Pin<Box<Sleep>>> = None;
    poll_fn(|context: &mut Context<'_>| {
        match call(&kernel, |kernel| kernel.deliver_one(context.waker())) {
            Delivery::Done => context.waker().wake_by_ref(),
            Delivery::Idle => arrival = None,
            Delivery::NextAt(at) => {
                let sleep = arrival.get_or_insert_with(|| Box::pin(sleep_until(at)));
                if sleep.deadline() != at {
                    sleep.as_mut().reset(at);
                }
                if sleep.as_mut().poll(context).is_ready() {
                    arrival = None;
                    context.waker().wake_by_ref();
                }
            }
        }
        Poll::<TaskEnd>::Pending
    })
    .await
}

/// The link between two hosts in both directions, returned by [`Net::link`].
#[derive(Clone, Copy)]
pub struct Link {
    net: Net,
    id: LinkId,
}

impl Link {
    /// Sets the latency of every packet.
    pub fn latency(&self, latency: Duration) -> &Self {
        self.change(|rules| (rules.min_latency, rules.max_latency) = (latency, latency))
    }

    /// Lets the schedule delay each packet by up to `max` beyond the latency.
    pub fn jitter(&self, max: Duration) -> &Self {
        self.change(|rules| rules.max_latency = rules.min_latency + max)
    }

    /// Limits each direction to this many bytes per second.
    ///
    /// # Panics
    /// Panics if `bytes_per_second` is 0.
    pub fn bandwidth(&self, bytes_per_second: u64) -> &Self {
        assert!(bytes_per_second > 0, "the bandwidth must be greater than 0: use `cut` to cut the link");
        self.change(|rules| rules.bandwidth = Some(bytes_per_second))
    }

    /// Lets the schedule lose packets. TCP sends them again.
    pub fn may_lose(&self) -> &Self {
        self.change(|rules| rules.may_lose = true)
    }

    /// Lets the schedule deliver datagrams of UDP twice.
    pub fn may_duplicate(&self) -> &Self {
        self.change(|rules| rules.may_duplicate = true)
    }

    /// Lets the schedule reset connections.
    pub fn may_reset(&self) -> &Self {
        self.change(|rules| rules.may_reset = true)
    }

    /// Lets the schedule cut the link, for `time` each time.
    pub fn may_cut(&self, time: Duration) -> &Self {
        self.change(|rules| rules.may_cut = Some(time))
    }

    /// Cuts the direction from the first host to the second, until it is healed.
    pub fn cut_one_way(&self) -> &Self {
        self.net.change(Some(self.id), |rules| rules.is_cut = true);
        self
    }

    /// Cuts the link until it is healed.
    pub fn cut(&self) -> &Self {
        self.change(|rules| rules.is_cut = true)
    }

    /// Heals the link.
    pub fn heal(&self) -> &Self {
        self.change(|rules| rules.is_cut = false)
    }

    /// Resets all connections over this link at both ends.
    pub fn reset(&self) -> &Self {
        self.net.call(|kernel| kernel.reset_between(self.id.from, Some(self.id.to)));
        self
    }

    fn change(&self, change: impl Fn(&mut LinkRules)) -> &Self {
        for link in [self.id, self.id.reverse()] {
            self.net.change(Some(link), &change);
        }
        self
    }
}

impl fmt::Debug for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Net")
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("id", &self.id).finish_non_exhaustive()
    }
}
