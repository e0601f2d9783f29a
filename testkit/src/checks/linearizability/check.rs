//! Builder that configures a linearizability check and runs it.

use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use proptest::test_runner::Config;

use super::model::{Answer, Model};
use super::outcome::Outcome;
use super::program::Program;
use super::run::{Body, body};
use super::search::Search;
use super::strategy::Programs;
use crate::explorer::Explorer;
use crate::sim::Sim;

/// Default number of schedules for each program.
const DEFAULT_SCHEDULES: usize = 20;

/// A check of a component with concurrent operations, created by [`check`](super::check()).
#[must_use = "nothing is checked until `run` or `assert` is called"]
pub struct Check<M: Model> {
    clients: usize,
    operations: usize,
    timeout: Option<Duration>,
    only: Option<Program<M>>,
    explorer: Explorer,
    config: Config,
}

impl<M: Model> Check<M> {
    pub(super) fn new() -> Self {
        Check {
            clients: 3,
            operations: 3,
            timeout: None,
            only: None,
            explorer: Explorer::new().schedules(DEFAULT_SCHEDULES),
            config: Config::default(),
        }
    }

    /// Sets the maximum number of clients. The default is 3.
    ///
    /// # Panics
    /// Panics if `clients` is 0.
    pub fn clients(mut self, clients: usize) -> Self {
        assert!(clients > 0, "the number of clients must not be 0");
        self.clients = clients;
        self
    }

    /// Sets the maximum number of operations of each client. It is also the maximum number of operations before the
    /// clients start. The default is 3.
    ///
    /// # Panics
    /// Panics if `operations` is 0.
    pub fn operations(mut self, operations: usize) -> Self {
        assert!(operations > 0, "the number of operations must not be 0");
        self.operations = operations;
        self
    }

    /// Sets the number of programs to run if none fails. The default is proptest's number of cases: 256, or the value
    /// of `PROPTEST_CASES`.
    pub fn programs(mut self, programs: u32) -> Self {
        self.config.cases = programs;
        self
    }

    /// Sets the number of schedules for each program. The default is 20.
    ///
    /// # Panics
    /// Panics if `schedules` is 0.
    pub fn schedules(mut self, schedules: usize) -> Self {
        self.explorer = self.explorer.schedules(schedules);
        self
    }

    /// Sets the timeout of an operation, in virtual time. An operation that has not returned by then is dropped, and
    /// its result is unknown. By default there is no timeout, and an operation that never returns is a deadlock.
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = Some(time);
        self
    }

    /// Runs only `program`, for example one from a report.
    pub fn only(mut self, program: Program<M>) -> Self {
        self.only = Some(program);
        self
    }

    /// Sets the explorer that runs each program, for example to change the scheduler or seed. It replaces the number of
    /// schedules as well. Each program gets different schedules, derived from the explorer's seed.
    pub fn explorer(mut self, explorer: Explorer) -> Self {
        self.explorer = explorer;
        self
    }

    /// Sets the configuration of proptest, which generates the programs. The default is that of any proptest test:
    /// failed programs are saved in `proptest-regressions`, next to the source of the test, and run first.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Runs the check. For each schedule, `make` creates a component in the given state. `call` calls an operation on a
    /// component; each client has a clone of the component.
    ///
    /// # Panics
    /// Panics if:
    ///
    /// - proptest cannot generate programs because the model's preconditions reject too many;
    /// - an environment variable has an invalid value;
    /// - a failed program passes when it is run again under the same schedules. The component then depends on more than
    ///   the schedule.
    #[track_caller]
    pub fn run<C, R, A>(
        self,
        make: impl Fn(Sim, M::State) -> R + Send + Sync + 'static,
        call: impl Fn(C, M::Transition) -> A + Send + Sync + 'static,
    ) -> Outcome<M>
    where
        C: Clone + Send + 'static,
        R: Future<Output = C> + 'static,
        A: Future<Output: Into<Answer<M::Response>>> + Send + 'static,
    {
        let body = body(make, call, self.timeout);
        self.run_body(body, Location::caller())
    }

    /// Runs the check like [`run`](Check::run), and panics with the report if it fails.
    ///
    /// # Panics
    /// Panics if a program fails, and in the same cases as [`run`](Check::run).
    #[track_caller]
    pub fn assert<C, R, A>(
        self,
        make: impl Fn(Sim, M::State) -> R + Send + Sync + 'static,
        call: impl Fn(C, M::Transition) -> A + Send + Sync + 'static,
    ) where
        C: Clone + Send + 'static,
        R: Future<Output = C> + 'static,
        A: Future<Output: Into<Answer<M::Response>>> + Send + 'static,
    {
        let outcome = self.run(make, call);
        if let Some(failure) = outcome.failure() {
            panic!("{failure}");
        }
    }

    /// Runs the check with the component types erased.
    fn run_body(self, body: Arc<Body<M>>, place: &'static Location<'static>) -> Outcome<M> {
        let search = Search::new(body, self.explorer);
        if let Some(program) = self.only {
            return search.only(&program);
        }
        let config = Config { source_file: self.config.source_file.or(Some(place.file())), ..self.config };
        let programs =
            Programs { clients: self.clients, operations: self.operations, exactly: None, model: PhantomData };
        search.programs(&programs, config)
    }
}

impl<M: Model> fmt::Debug for Check<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check")
            .field("clients", &self.clients)
            .field("operations", &self.operations)
            .field("timeout", &self.timeout)
            .field("only", &self.only)
            .field("explorer", &self.explorer)
            .finish_non_exhaustive()
    }
}
