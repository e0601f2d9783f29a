//! What is to happen to the calls of a method.

use std::any::Any;
use std::sync::Mutex;
use std::time::Duration;

use di_core::intercept::Method;

use crate::sim::Decider;

/// Makes an error, of the method's own type.
pub(super) type Make = Box<dyn Fn() -> Box<dyn Any + Send> + Send + Sync>;

/// The rules of one method.
#[derive(Default)]
pub(super) struct Rules {
    /// How late each call is.
    pub(super) delay: Duration,
    /// Which calls fail, by their numbers from 1.
    pub(super) failures: Vec<(usize, Failure)>,
    /// How late a call may be.
    pub(super) perhaps_delays: Vec<Duration>,
    /// How a call may fail.
    pub(super) perhaps_failures: Vec<Failure>,
    /// Decides of those, if there are any.
    pub(super) decider: Option<Mutex<Decider>>,
}

/// A way to fail.
pub(super) struct Failure {
    pub(super) make: Make,
    /// Whether the component is called all the same, and its result lost.
    pub(super) is_after: bool,
}

impl Rules {
    /// Whether the schedule has something to decide.
    pub(super) fn is_decided(&self) -> bool {
        !self.perhaps_delays.is_empty() || !self.perhaps_failures.is_empty()
    }
}

/// The method of this name.
///
/// # Errors
/// That there is none, and which there are.
pub(super) fn find(trait_name: &str, methods: &[Method], name: &str) -> Result<usize, String> {
    let found = methods.iter().position(|method| method.name() == name);
    found.ok_or_else(|| {
        let names: Vec<_> = methods.iter().map(|method| format!("`{}`", method.name())).collect();
        format!("`{trait_name}` has no method `{name}`; it has {}", names.join(", "))
    })
}

/// Whether a method may fail with an `E`.
///
/// # Errors
/// That it does not, and which methods there are with what errors.
pub(super) fn check_error<E: 'static>(trait_name: &str, methods: &[Method], index: usize) -> Result<(), String> {
    if methods[index].error().is_some_and(|error| error.is::<E>()) {
        return Ok(());
    }
    let describe = |method: &Method| match method.error() {
        Some(error) => format!("\n  `{}` fails with `{}`", method.name(), error.name()),
        None => format!("\n  `{}` does not fail", method.name()),
    };
    let described: String = methods.iter().map(describe).collect();
    Err(format!(
        "`{}` cannot fail with a `{}`. Of `{trait_name}`{described}",
        methods[index],
        std::any::type_name::<E>()
    ))
}
