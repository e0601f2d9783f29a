//! Rules for faults in the calls of a method.

use std::any::Any;
use std::sync::Mutex;
use std::time::Duration;

use di_core::intercept::Method;

use crate::sim::Decider;

/// Creates an error of the method's error type.
pub(super) type MakeError = Box<dyn Fn() -> Box<dyn Any + Send> + Send + Sync>;

/// The rules of one method.
#[derive(Default)]
pub(super) struct Rules {
    /// Delay of every call.
    pub(super) delay: Duration,
    /// Failures of calls with certain numbers.
    pub(super) failures: Vec<NthFailure>,
    /// Delays that the schedule may choose.
    pub(super) possible_delays: Vec<Duration>,
    /// Failures that the schedule may choose.
    pub(super) possible_failures: Vec<Failure>,
    /// Decides about the optional faults, if there are any.
    pub(super) decider: Option<Mutex<Decider>>,
}

/// Failure of one call.
pub(super) struct NthFailure {
    /// Number of the call, from 1.
    pub(super) nth: usize,
    pub(super) failure: Failure,
}

/// An injected failure.
pub(super) struct Failure {
    pub(super) make_error: MakeError,
    /// Whether the component is called first and its result lost.
    pub(super) is_after_call: bool,
}

impl Rules {
    /// Returns whether any fault is left to the schedule.
    pub(super) fn has_choices(&self) -> bool {
        !self.possible_delays.is_empty() || !self.possible_failures.is_empty()
    }
}

/// Returns the index of the method `name`.
///
/// # Errors
/// Returns an error if there is no such method. The message lists the methods of the trait.
pub(super) fn find_method(trait_name: &str, methods: &[Method], name: &str) -> Result<usize, String> {
    let found = methods.iter().position(|method| method.name() == name);
    found.ok_or_else(|| {
        let names: Vec<_> = methods.iter().map(|method| format!("`{}`", method.name())).collect();
        format!("`{trait_name}` has no method `{name}`; it has {}", names.join(", "))
    })
}

/// Checks that a method returns errors of type `E`.
///
/// # Errors
/// Returns an error if the method returns another type. The message lists each method with its error type.
pub(super) fn check_error_type<E: 'static>(trait_name: &str, methods: &[Method], index: usize) -> Result<(), String> {
    if methods[index].error().is_some_and(|error| error.is::<E>()) {
        return Ok(());
    }
    let describe = |method: &Method| match method.error() {
        Some(error) => format!("\n  `{}` fails with `{}`", method.name(), error.name()),
        None => format!("\n  `{}` does not fail", method.name()),
    };
    let described: String = methods.iter().map(describe).collect();
    Err(format!(
        "`{}` cannot fail with a `{}`. Methods of `{trait_name}`:{described}",
        methods[index],
        std::any::type_name::<E>()
    ))
}
