use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use di_core::ambient::{Ambient, Network, TaskEnd};
use tokio::time::{Sleep, sleep_until};

use super::link::LinkRules;
use super::netstat;
use super::network::HostNetwork;
use super::wire::{Deciders, Wire};
use crate::executor::{ReportScope, World};
use crate::sim::Sim;

/// The network of a simulation: [`Sim::net`]. Clones are the same network. See [the module](super) for what it does.
///
/// # Panics
/// All methods, where they are called on another thread than the simulation's, or after its end.
#[derive(Clone, Copy)]
pub struct Net {
    sim: Sim,
}

impl Net {
    pub(crate) fn new(sim: Sim) -> Self {
        Net { sim }
    }

    /// The host of that name. There is one for each name that is asked for.
    ///
    /// # Panics
    /// If there are too many: 16 more than were named before the first connection.
    pub fn host(&self, name: &str) -> Host {
        assert!(!name.is_empty() && !name.contains(':'), "`{name}` is no name of a host");
        let number = self.wire().borrow_mut().host(name);
        Host { sim: self.sim, number }
    }

    /// Every packet takes so long, on all links. By default none takes any time.
    pub fn latency(&self, latency: Duration) -> &Self {
        self.change(None, |rules| (rules.least, rules.most) = (latency, latency));
        self
    }

    /// A packet takes as long as the latency, or as much longer, up to `most`, as the schedule says, on all links.
    pub fn jitter(&self, most: Duration) -> &Self {
        self.change(None, |rules| rules.most = rules.least + most);
        self
    }

    /// So many bytes a second go over each link in each direction. By default there is no limit.
    ///
    /// # Panics
    /// If it is 0.
    pub fn bandwidth(&self, bytes_per_second: u64) -> &Self {
        assert!(bytes_per_second > 0, "a link with a bandwidth of 0 lets nothing through: use `partition`");
        self.change(None, |rules| rules.bandwidth = Some(bytes_per_second));
        self
    }

    /// The schedule may lose packets, on all links. TCP sends them again.
    pub fn may_lose(&self) -> &Self {
        self.change(None, |rules| rules.may_lose = true);
        self
    }

    /// The schedule may reset connections, on all links.
    pub fn may_reset(&self) -> &Self {
        self.change(None, |rules| rules.may_reset = true);
        self
    }

    /// The schedule may cut links, each for `time`.
    pub fn may_cut(&self, time: Duration) -> &Self {
        self.change(None, |rules| rules.may_cut = Some(time));
        self
    }

    /// The link between two hosts, to have rules of its own.
    pub fn link(&self, first: &str, second: &str) -> Link {
        let wire = self.wire();
        let mut wire = wire.borrow_mut();
        Link { net: *self, between: (wire.host(first), wire.host(second)) }
    }

    /// Cuts all links between hosts of the one side and of the other: nothing goes through, until they are healed.
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
        let names = self.wire().borrow().names.clone();
        self.partition([name], names.iter().map(String::as_str).filter(|other| *other != name));
    }

    /// From now on nothing happens that only may: no packet is lost, no connection reset, no link cut by the schedule.
    pub fn calm(&self) {
        let wire = self.wire();
        let mut wire = wire.borrow_mut();
        wire.change(None, |rules| (rules.may_lose, rules.may_reset, rules.may_cut) = (false, false, None));
        wire.cut_until.clear();
    }

    /// Ends all partitions. What was sent meanwhile arrives when TCP sends it again.
    pub fn heal(&self) {
        self.change(None, |rules| rules.is_cut = false);
    }

    /// Resets all connections of a host, at both of their ends, as if it had crashed and come back. Its tasks go on.
    pub fn reset(&self, name: &str) {
        let wire = self.wire();
        let mut wire = wire.borrow_mut();
        let host = wire.host(name);
        wire.reset_between(host, None);
    }

    /// The sockets of all hosts, as `netstat` shows them. It is in the report of a test that hangs.
    pub fn netstat(&self) -> String {
        netstat::shown(&self.wire().borrow()).unwrap_or_default()
    }

    fn change(&self, between: Option<(usize, usize)>, change: impl Fn(&mut LinkRules)) {
        self.wire().borrow_mut().change(between, change);
    }

    fn wire(&self) -> Rc<RefCell<Wire>> {
        self.sim.world().fakes.extension().unwrap_or_else(|| Net::begin(&self.sim.world()))
    }

    /// Makes the network of a run, which a task of its own delivers for.
    fn begin(world: &World) -> Rc<RefCell<Wire>> {
        let wire = Rc::new(RefCell::new(Wire::new(Deciders::new())));
        world.fakes.add_extension(wire.clone());
        world.spawn_background("network", Location::caller(), Box::pin(deliver(wire.clone())));
        let shown = wire.clone();
        world.add_state_reporter(
            move |scope| if scope == ReportScope::Waiting { netstat::shown(&shown.borrow()) } else { None },
        );
        wire
    }
}

/// Delivers packets, one in a poll, so that tasks may run between any two.
async fn deliver(wire: Rc<RefCell<Wire>>) -> TaskEnd {
    let mut arrival: Option<Pin<Box<Sleep>>> = None;
    poll_fn(|context: &mut Context<'_>| {
        match wire.borrow_mut().deliver_one(context.waker()) {
            Ok(()) => context.waker().wake_by_ref(),
            Err(None) => arrival = None,
            Err(Some(at)) => {
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

/// A host of a simulated network: [`Net::host`].
#[derive(Clone, Copy)]
pub struct Host {
    sim: Sim,
    number: usize,
}

impl Host {
    /// Its network. Other hosts are reached by their names, as `name:port`; itself also as `localhost`.
    pub fn network(&self) -> Arc<dyn Network> {
        Arc::new(HostNetwork { sim: self.sim, host: self.number })
    }

    /// The ambient services of the simulation, with its network: `App::builder(..).with_ambient(host.ambient())`.
    pub fn ambient(&self) -> Ambient {
        Ambient { network: self.network(), ..self.sim.ambient() }
    }
}

/// The link between two hosts, in both directions: [`Net::link`].
#[derive(Clone, Copy)]
pub struct Link {
    net: Net,
    between: (usize, usize),
}

impl Link {
    /// Every packet takes so long.
    pub fn latency(&self, latency: Duration) -> &Self {
        self.change(|rules| (rules.least, rules.most) = (latency, latency))
    }

    /// A packet takes as long as the latency, or as much longer, up to `most`, as the schedule says.
    pub fn jitter(&self, most: Duration) -> &Self {
        self.change(|rules| rules.most = rules.least + most)
    }

    /// So many bytes a second go over it in each direction.
    ///
    /// # Panics
    /// If it is 0.
    pub fn bandwidth(&self, bytes_per_second: u64) -> &Self {
        assert!(bytes_per_second > 0, "a link with a bandwidth of 0 lets nothing through: use `cut`");
        self.change(|rules| rules.bandwidth = Some(bytes_per_second))
    }

    /// The schedule may lose packets. TCP sends them again.
    pub fn may_lose(&self) -> &Self {
        self.change(|rules| rules.may_lose = true)
    }

    /// The schedule may reset connections.
    pub fn may_reset(&self) -> &Self {
        self.change(|rules| rules.may_reset = true)
    }

    /// The schedule may cut it, each time for `time`.
    pub fn may_cut(&self, time: Duration) -> &Self {
        self.change(|rules| rules.may_cut = Some(time))
    }

    /// Nothing goes over it, until it is healed.
    pub fn cut(&self) -> &Self {
        self.change(|rules| rules.is_cut = true)
    }

    /// It is cut no longer.
    pub fn heal(&self) -> &Self {
        self.change(|rules| rules.is_cut = false)
    }

    /// Resets all connections that go over it, at both of their ends.
    pub fn reset(&self) -> &Self {
        self.net.wire().borrow_mut().reset_between(self.between.0, Some(self.between.1));
        self
    }

    fn change(&self, change: impl Fn(&mut LinkRules)) -> &Self {
        self.net.change(Some(self.between), change);
        self
    }
}

impl fmt::Debug for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Net")
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("number", &self.number).finish_non_exhaustive()
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("between", &self.between).finish_non_exhaustive()
    }
}
