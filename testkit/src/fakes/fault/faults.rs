use std::sync::{Arc, Mutex};
use std::time::Duration;

use di_core::intercept::{Interceptable, Method};

use super::Calls;
use super::calls::Log;
use super::injector::Injector;
use super::rule::{Failure, Rules, check_error, find};
use crate::executor::World;
use crate::sim::Decider;

/// Begins to say what is to happen to the calls of `inner`: [`Faults`] has the rules, and
/// [`build`](Faults::build) the component that follows them. Without a rule, it writes the calls down, and that is all.
pub fn on<T: Interceptable + ?Sized>(inner: Arc<T>) -> Faults<T> {
    let rules = T::METHODS.iter().map(|_| Rules::default()).collect();
    Faults { inner, rules, problem: None }
}

/// What is to happen to the calls of a component. [`on`] begins it.
///
/// Methods go by their names. Calls are counted from 1, those of each method for itself, in the order in which they
/// begin: an async one does when it is first polled.
#[must_use = "faults are there once they are built"]
pub struct Faults<T: ?Sized> {
    inner: Arc<T>,
    /// Of each method.
    rules: Vec<Rules>,
    /// What is wrong first, told when all is said.
    problem: Option<String>,
}

impl<T: Interceptable + ?Sized> Faults<T> {
    /// The call number `nth` of `method` fails with the error that `make` makes. The component is not called.
    pub fn fail<E: Send + 'static>(
        self,
        method: &str,
        nth: usize,
        make: impl Fn() -> E + Send + Sync + 'static,
    ) -> Self {
        self.fail_nth(method, nth, make, false)
    }

    /// The call number `nth` of `method` fails with the error that `make` makes, once the component has been called:
    /// the call has had its effect, and what is lost is the result.
    pub fn fail_after<E: Send + 'static>(
        self,
        method: &str,
        nth: usize,
        make: impl Fn() -> E + Send + Sync + 'static,
    ) -> Self {
        self.fail_nth(method, nth, make, true)
    }

    /// Each call of `method`, which is async, is late by `time`, of tokio's clock: in a simulation, that is virtual
    /// time. The component is called afterwards.
    pub fn delay(self, method: &str, time: Duration) -> Self {
        self.late(method, |rules| rules.delay += time)
    }

    /// Any call of `method` may fail with the error that `make` makes, and not reach the component. The schedule
    /// decides, call by call.
    pub fn maybe_fail<E: Send + 'static>(self, method: &str, make: impl Fn() -> E + Send + Sync + 'static) -> Self {
        self.failing(method, make, false, |rules, failure| rules.perhaps_failures.push(failure))
    }

    /// Any call of `method` may fail with the error that `make` makes, once the component has been called. The schedule
    /// decides, call by call.
    pub fn maybe_fail_after<E: Send + 'static>(
        self,
        method: &str,
        make: impl Fn() -> E + Send + Sync + 'static,
    ) -> Self {
        self.failing(method, make, true, |rules, failure| rules.perhaps_failures.push(failure))
    }

    /// Any call of `method`, which is async, may be late by `time`, of tokio's clock. The schedule decides, call by
    /// call.
    pub fn maybe_delay(self, method: &str, time: Duration) -> Self {
        self.late(method, |rules| rules.perhaps_delays.push(time))
    }

    /// The component that all this happens to, and its calls. The report of a failure has the newest of them, too.
    ///
    /// # Panics
    /// If a method is named that the trait does not have, or an error that it does not return; both say what there is.
    /// If a sync method is to be late, or a call to fail that is number 0. If the schedule is to decide, and there is
    /// none, outside of a simulation.
    #[track_caller]
    pub fn build(self) -> (Arc<T>, Calls) {
        let Faults { inner, mut rules, problem } = self;
        if let Some(problem) = problem {
            panic!("{problem}");
        }
        for rules in rules.iter_mut().filter(|rules| rules.is_decided()) {
            rules.decider = Some(Mutex::new(Decider::new("`testkit::fault`")));
        }
        let log = Arc::new(Log::new(T::NAME, T::METHODS));
        if let Some(world) = World::current() {
            let log = log.clone();
            world.add_state_reporter(move |_| log.newest());
        }
        let injector = Injector::new(T::METHODS, rules, log.clone());
        (T::intercepted(inner, injector), Calls::new(log))
    }

    fn fail_nth<E: Send + 'static>(
        self,
        method: &str,
        nth: usize,
        make: impl Fn() -> E + Send + Sync + 'static,
        is_after: bool,
    ) -> Self {
        let counted = self.failing(method, make, is_after, |rules, failure| rules.failures.push((nth, failure)));
        let is_counted = (nth > 0).then_some(()).ok_or_else(|| format!("calls of `{method}` are counted from 1"));
        counted.noting(is_counted)
    }

    fn failing<E: Send + 'static>(
        mut self,
        method: &str,
        make: impl Fn() -> E + Send + Sync + 'static,
        is_after: bool,
        add: impl FnOnce(&mut Rules, Failure),
    ) -> Self {
        let added = find(T::NAME, T::METHODS, method).and_then(|index| {
            check_error::<E>(T::NAME, T::METHODS, index)?;
            add(&mut self.rules[index], Failure { make: Box::new(move || Box::new(make())), is_after });
            Ok(())
        });
        self.noting(added)
    }

    fn late(mut self, method: &str, add: impl FnOnce(&mut Rules)) -> Self {
        let added = find(T::NAME, T::METHODS, method).and_then(|index| {
            let method: &Method = &T::METHODS[index];
            if !method.is_async() {
                return Err(format!("`{method}` is not async, and has no await at which it could be late"));
            }
            add(&mut self.rules[index]);
            Ok(())
        });
        self.noting(added)
    }

    fn noting(mut self, result: Result<(), String>) -> Self {
        self.problem = self.problem.or(result.err());
        self
    }
}
