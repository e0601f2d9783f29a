//! `Host`: a machine in the simulated network.

use std::fmt;
use std::net::IpAddr;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use di_core::ambient::{Ambient, Network, TaskEnd, TaskOrigin};
use di_core::task::JoinHandle;

use super::handle;
use super::kernel::Kernel;
use super::machine::{Machines, Program, Restart, silent_crash};
use super::network::HostNetwork;
use crate::executor::World;
use crate::explorer::IntoTestResult;
use crate::sim::{Decider, Sim};

/// A machine in the simulated network, returned by [`Sim::host`]. Copies refer to the same host.
///
/// A host has an address, a loopback interface and ports of its own. Tasks that it runs belong to it, and so do the tasks
/// that they spawn; their sockets are its sockets. The test itself is on the host `main`.
///
/// ```test_harness
/// # #[cfg(all(feature = "interpose", target_os = "linux"))]
/// # mod example {
/// use std::io;
/// use testkit::Sim;
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
/// use tokio::net::{TcpListener, TcpStream};
///
/// async fn serve() -> io::Result<()> {
///     let listener = TcpListener::bind("0.0.0.0:5432").await?;
///     loop {
///         let (mut connection, _) = listener.accept().await?;
///         connection.write_all(b"hello").await?;
///     }
/// }
///
/// #[testkit::test]
/// async fn a_client_reaches_the_server_again_after_its_crash(sim: Sim) {
///     let db = sim.host("db");
///     db.run(serve);
///     sim.settle().await; // until the server listens
///
///     let app = sim.host("app");
///     let address = (db.address(), 5432);
///     let ask = move || async move {
///         let mut greeting = String::new();
///         TcpStream::connect(address).await?.read_to_string(&mut greeting).await?;
///         io::Result::Ok(greeting)
///     };
///     assert_eq!(app.spawn("ask", ask()).await.unwrap().unwrap(), "hello");
///
///     db.crash();
///     db.restart();
///     sim.settle().await;
///     assert_eq!(app.spawn("ask", ask()).await.unwrap().unwrap(), "hello");
/// }
/// # }
/// ```
///
/// # Panics
/// All methods panic when called outside the simulation's thread, or after the end of the simulation.
#[derive(Clone, Copy)]
pub struct Host {
    sim: Sim,
    number: usize,
}

impl Host {
    pub(super) fn new(sim: Sim, number: usize) -> Self {
        Host { sim, number }
    }

    /// Returns the network of this host, as a component. Other hosts are reached at `name:port`, and the host itself also
    /// at `localhost`.
    pub fn network(&self) -> Arc<dyn Network> {
        Arc::new(HostNetwork { sim: self.sim, host: self.number })
    }

    /// Returns the ambient services of the simulation with this host's network:
    /// `App::builder(..).with_ambient(host.ambient())`.
    pub fn ambient(&self) -> Ambient {
        Ambient { network: self.network(), ..self.sim.ambient() }
    }

    /// Returns the address at which other hosts reach this one.
    pub fn address(&self) -> IpAddr {
        Kernel::address(self.number)
    }

    /// Sets what the host runs when it is up, and starts it. It begins anew with each [`restart`](Host::restart).
    ///
    /// An `Err` of the program, like a panic, fails the test, unless the host [may panic](Host::may_panic). A program that
    /// still runs when the test ends does not count as a leak.
    #[track_caller]
    pub fn run<F>(&self, program: impl Fn() -> F + Send + 'static)
    where
        F: Future<Output: IntoTestResult> + Send + 'static,
    {
        let site = Location::caller();
        let start = move || {
            let future = program();
            Box::pin(async move {
                if let Err(error) = future.await.into_test_result() {
                    panic!("what the host runs since {site} returned an error: {error}");
                }
                TaskEnd::Done
            }) as _
        };
        let program = Program { site, start: Box::new(start), size: size_of::<F>() };
        self.machines().set_program(&self.sim.world(), self.number, program);
    }

    /// Spawns a task on the host. A crash drops it, and its handle returns that it was cancelled.
    #[track_caller]
    pub fn spawn<T: Send + 'static>(
        &self,
        name: &str,
        future: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        let origin = TaskOrigin::new(name, Location::caller(), size_of_val(&future));
        let (task, handle) = self.sim.spawn_numbered(origin, future);
        if let Some(task) = task {
            set_host(&self.sim.world(), task, self.number);
        }
        handle
    }

    /// Crashes the host. Its tasks are dropped, in any order, and cannot send any more; its sockets and listeners are gone,
    /// and its [disk](Sim::disk) loses what was not synced.
    ///
    /// The schedule chooses whether the other ends of its connections are reset at once, or learn nothing until they send
    /// something to the restarted host.
    ///
    /// # Panics
    /// Panics if this is the host `main`, which runs the test.
    pub fn crash(&self) {
        self.assert_not_main();
        let decider = Decider::new("a host");
        let silent = decider.decide_at(0, 0, 2, |_| silent_crash(&self.name()));
        self.machines().crash(self.sim, self.number, silent == 0);
    }

    /// Starts the host again after a crash: what it [runs](Host::run) begins anew. Does nothing if the host is up.
    pub fn restart(&self) {
        self.machines().restart(self.sim, self.number);
    }

    /// Lets the schedule crash the host before any step of its tasks, and again after each restart, until
    /// [`Net::calm`](super::Net::calm).
    ///
    /// # Panics
    /// Panics if this is the host `main`, which runs the test.
    pub fn may_crash(&self, restart: Restart) {
        self.assert_not_main();
        self.machines().may_crash(self.sim, self.number, restart);
    }

    /// Lets tasks of the host panic without failing the test.
    pub fn may_panic(&self) {
        self.sim.world().hosts.let_panic(self.number as u32);
    }

    /// Sets the wall clock of the host ahead: `SystemTime::now()` with the feature `interpose`, and
    /// [`Clock::system_time`](di_core::ambient::Clock::system_time). It has no effect on the host `main`.
    pub fn clock_skew(&self, ahead: Duration) {
        self.sim.world().hosts.set_skew(self.number as u32, ahead);
    }

    /// Returns whether the host runs.
    pub fn is_up(&self) -> bool {
        handle::is_up(&self.sim.world(), self.number)
    }

    /// Returns the name of the host.
    pub fn name(&self) -> String {
        handle::host_name(&self.sim.world(), self.number)
    }

    fn assert_not_main(&self) {
        assert!(self.name() != MAIN, "the host `{MAIN}` runs the test itself, so it cannot crash: use another host");
    }

    fn machines(&self) -> Rc<Machines> {
        Machines::of(&self.sim.world())
    }
}

/// Name of the host on which the test itself runs.
pub(super) const MAIN: &str = "main";

/// Moves a task to a host. The tasks of `main` have none.
pub(super) fn set_host(world: &World, task: u32, host: usize) {
    let kernel = handle::kernel(world);
    let name = &kernel.borrow().hosts[host].name;
    if name != MAIN {
        world.hosts.set_name(host as u32, name);
        world.set_host(task, host as u32);
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("number", &self.number).finish_non_exhaustive()
    }
}
