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
use crate::{Explorer, Sim};

/// How many schedules each program is run under, unless it is said otherwise.
const SCHEDULES: usize = 20;

/// A check of a component by concurrent operations. [`check`](super::check()) begins it.
#[must_use = "a check runs nothing until it is given a component"]
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
            explorer: Explorer::new().schedules(SCHEDULES),
            config: Config::default(),
        }
    }

    /// How many clients there are at most. By default 3.
    ///
    /// # Panics
    /// If there is none.
    pub fn clients(mut self, clients: usize) -> Self {
        assert!(clients > 0, "at least one client calls operations");
        self.clients = clients;
        self
    }

    /// How many operations each client has at most, and as many come before all clients. By default 3.
    ///
    /// # Panics
    /// If there is none.
    pub fn operations(mut self, operations: usize) -> Self {
        assert!(operations > 0, "each client calls at least one operation");
        self.operations = operations;
        self
    }

    /// How many programs are run, unless one fails. By default as many as proptest has cases: 256, or what `PROPTEST_CASES`
    /// says.
    pub fn programs(mut self, programs: u32) -> Self {
        self.config.cases = programs;
        self
    }

    /// How many schedules each of them is run under. By default 20.
    ///
    /// # Panics
    /// If it is 0.
    pub fn schedules(mut self, schedules: usize) -> Self {
        self.explorer = self.explorer.schedules(schedules);
        self
    }

    /// An operation that has not returned after `time`, of virtual time, is dropped: what came of it is unknown. By default
    /// there is no limit, and one that never returns is a deadlock.
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = Some(time);
        self
    }

    /// Runs this program, and no other: one of a report, for example.
    pub fn only(mut self, program: Program<M>) -> Self {
        self.only = Some(program);
        self
    }

    /// What runs each program: with another strategy or seed, for example. It is also what says how many schedules. Each
    /// program has other ones, all by the explorer's seed.
    pub fn explorer(mut self, explorer: Explorer) -> Self {
        self.explorer = explorer;
        self
    }

    /// How proptest makes programs. By default it is as in any test of proptest: programs that have failed are kept in
    /// `proptest-regressions`, beside the source of the test, and run first.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Checks the components that `make` makes, one for each schedule, in the state that it is given. `call` calls an
    /// operation of a component; each client has a clone of it.
    ///
    /// # Panics
    /// If proptest cannot make programs, since too many are refused by the model's preconditions; or if an environment
    /// variable is set to what it cannot be; or if a program that has failed does not when it is run again under the same
    /// schedules, as the component depends on more than these.
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

    /// Checks components as [`run`](Check::run) does, and panics with the report where one fails.
    ///
    /// # Panics
    /// If a program fails; and as [`run`](Check::run).
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

    /// What is left to do, whatever the component.
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
