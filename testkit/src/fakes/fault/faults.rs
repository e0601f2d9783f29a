//! Builder for the faults of a component.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use di_core::intercept::{Interceptable, Method};

use super::Calls;
use super::calls::Log;
use super::injector::Injector;
use super::rule::{Failure, NthFailure, Rules, check_error_type, find_method};
use crate::executor::World;
use crate::sim::Decider;

/// Starts a builder that injects faults into calls of `inner`. Add rules to the returned [`Faults`], then
/// [`build`](Faults::build) the wrapped component. Without rules, calls are only recorded.
pub fn on<T: Interceptable + ?Sized>(inner: Arc<T>) -> Faults<T> {
    let rules = T::METHODS.iter().map(|_| Rules::default()).collect();
    Faults { inner, rules, error: None }
}

/// Builder for the faults of a component, created by [`on`].
///
/// Methods are identified by name. Calls are numbered from 1 per method, in the order in which they begin. An async
/// call begins when it is first polled.
#[must_use = "call `build` to apply the faults"]
pub struct Faults<T: ?Sized> {
    inner: Arc<T>,
    /// The rules of each method, in the order of `T::METHODS`.
    rules: Vec<Rules>,
    /// Message about the first invalid rule; `build` panics with it.
    error: Option<String>,
}

impl<T: Interceptable + ?Sized> Faults<T> {
    /// Fails call number `nth` of `method` with the error that `make` returns. The component is not called.
    pub fn fail<E: Send + 'static>(
        self,
        method: &str,
        nth: usize,
        make: impl Fn() -> E + Send + Sync + 'static,
    ) -> Self {
        self.fail_nth(method, nth, make, false)
    }

    /// Fails call number `nth` of `method` with the error that `make` returns, after calling the component: the call
    /// takes effect but its result is lost.
    pub fn fail_after<E: Send + 'static>(
        self,
        method: &str,
        nth: usize,
        make: impl Fn() -> E + Send + Sync + 'static,
    ) -> Self {
        self.fail_nth(method, nth, make, true)
    }

    /// Delays each call of the async method `method` by `time` on tokio's clock, which is virtual time in a simulation.
    /// The component is called after the delay.
    pub fn delay(self, method: &str, time: Duration) -> Self {
        self.add_delay(method, |rules| rules.delay += time)
    }

    /// Lets the schedule decide for each call of `method` whether it fails with the error that `make` returns. A failed
    /// call does not reach the component.
    pub fn maybe_fail<E: Send + 'static>(self, method: &str, make: impl Fn() -> E + Send + Sync + 'static) -> Self {
        self.add_failure(method, make, false, |rules, failure| rules.possible_failures.push(failure))
    }

    /// Lets the schedule decide for each call of `method` whether it fails with the error that `make` returns, after
    /// calling the component.
    pub fn maybe_fail_after<E: Send + 'static>(
        self,
        method: &str,
        make: impl Fn() -> E + Send + Sync + 'static,
    ) -> Self {
        self.add_failure(method, make, true, |rules, failure| rules.possible_failures.push(failure))
    }

    /// Lets the schedule decide for each call of the async method `method` whether it is delayed by `time` on tokio's
    /// clock.
    pub fn maybe_delay(self, method: &str, time: Duration) -> Self {
        self.add_delay(method, |rules| rules.possible_delays.push(time))
    }

    /// Builds the component with its faults and returns it with its recorded calls. The newest calls are part of a
    /// failure report.
    ///
    /// # Panics
    /// Panics if:
    ///
    /// - the trait has no method of a given name, or a method does not return the given error type (the message lists
    ///   the alternatives);
    /// - a rule delays a sync method or fails call number 0;
    /// - a rule lets the schedule decide, but the caller is not inside a simulation.
    #[track_caller]
    pub fn build(self) -> (Arc<T>, Calls) {
        let Faults { inner, mut rules, error } = self;
        if let Some(error) = error {
            panic!("{error}");
        }
        for rules in rules.iter_mut().filter(|rules| rules.has_choices()) {
            rules.decider = Some(Mutex::new(Decider::new("`testkit::fault`")));
        }
        let log = Arc::new(Log::new(T::NAME, T::METHODS));
        if let Some(world) = World::current() {
            let log = log.clone();
            world.add_state_reporter(move |_| log.report());
        }
        let injector = Injector::new(T::METHODS, rules, log.clone());
        (T::intercepted(inner, injector), Calls::new(log))
    }

    fn fail_nth<E: Send + 'static>(
        self,
        method: &str,
        nth: usize,
        make: impl Fn() -> E + Send + Sync + 'static,
        is_after_call: bool,
    ) -> Self {
        let add = |rules: &mut Rules, failure| rules.failures.push(NthFailure { nth, failure });
        let numbered = (nth > 0).then_some(()).ok_or_else(|| format!("calls of `{method}` are counted from 1"));
        self.add_failure(method, make, is_after_call, add).with_result(numbered)
    }

    fn add_failure<E: Send + 'static>(
        mut self,
        method: &str,
        make: impl Fn() -> E + Send + Sync + 'static,
        is_after_call: bool,
        add: impl FnOnce(&mut Rules, Failure),
    ) -> Self {
        let added = find_method(T::NAME, T::METHODS, method).and_then(|index| {
            check_error_type::<E>(T::NAME, T::METHODS, index)?;
            add(&mut self.rules[index], Failure { make_error: Box::new(move || Box::new(make())), is_after_call });
            Ok(())
        });
        self.with_result(added)
    }

    fn add_delay(mut self, method: &str, add: impl FnOnce(&mut Rules)) -> Self {
        let added = find_method(T::NAME, T::METHODS, method).and_then(|index| {
            let method: &Method = &T::METHODS[index];
            if !method.is_async() {
                return Err(format!("`{method}` is not async, so its calls cannot be delayed"));
            }
            add(&mut self.rules[index]);
            Ok(())
        });
        self.with_result(added)
    }

    /// Keeps the error of `result`, unless there is an earlier one.
    fn with_result(mut self, result: Result<(), String>) -> Self {
        self.error = self.error.or(result.err());
        self
    }
}
