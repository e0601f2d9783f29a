//! Log of the calls to a component with faults, and the view of it that a test gets.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use di_core::intercept::{Call, Method};
use tokio::time::Instant;

use super::rule::find_method;
use crate::executor::World;
use crate::internal::{duration_text, lock};
use crate::sim::Sim;

/// Recorded calls of one method or of all methods. A live view: clones and later calls share the same log.
#[derive(Clone)]
pub struct Calls {
    log: Arc<Log>,
    /// `None` stands for all methods.
    method: Option<&'static Method>,
}

/// A recorded call of a method of the component's trait or of one of its supertraits.
///
/// Displayed as `5 s  main  get(key: "a")  failed: gone`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedCall {
    /// Name of the trait that declares the method: the component's trait or a supertrait.
    pub trait_name: &'static str,
    /// Name of the method.
    pub method: &'static str,
    /// Number of the call among the calls of this method, from 1.
    pub number: usize,
    /// The arguments as text, such as `key: "a", limit: 3`. An argument without `Debug` is shown as `_`.
    pub arguments: String,
    /// End of the call, from the caller's point of view.
    pub ending: CallEnding,
    /// Name of the calling task, in a simulation.
    pub task: Option<String>,
    /// Start of the call. In a simulation: virtual time since its start. Otherwise: time on tokio's clock since the
    /// faults were built.
    pub time: Duration,
}

/// End of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallEnding {
    /// The call has not ended yet.
    Pending,
    /// The call returned a value that is not an error.
    Returned,
    /// The call returned an error with this text, either injected or the component's own.
    Failed(String),
    /// The future of the call was dropped before it was ready.
    Dropped,
    /// The call panicked.
    Panicked,
}

impl Calls {
    /// Returns the number of calls so far.
    pub fn count(&self) -> usize {
        lock(&self.log.calls).iter().filter(|call| self.includes(call)).count()
    }

    /// Returns the calls so far, in the order in which they began.
    pub fn list(&self) -> Vec<RecordedCall> {
        lock(&self.log.calls).iter().filter(|call| self.includes(call)).cloned().collect()
    }

    /// Narrows the view to one method of the component's trait. Calls of supertrait methods are only found in
    /// [`list`](Calls::list).
    ///
    /// # Panics
    /// Panics if the trait has no method of this name.
    #[track_caller]
    pub fn of(&self, method: &str) -> Calls {
        match find_method(self.log.trait_name, self.log.methods, method) {
            Ok(index) => Calls { log: self.log.clone(), method: Some(&self.log.methods[index]) },
            Err(error) => panic!("{error}"),
        }
    }

    pub(super) fn new(log: Arc<Log>) -> Self {
        Calls { log, method: None }
    }

    fn includes(&self, call: &RecordedCall) -> bool {
        self.method.is_none_or(|method| (method.trait_name(), method.name()) == (call.trait_name, call.method))
    }
}

/// Prints one call per line.
impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.list().iter().try_for_each(|call| writeln!(f, "{call}"))
    }
}

impl fmt::Display for RecordedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let task = self.task.as_deref().unwrap_or("-");
        write!(f, "{}  {task}  {}({})  {}", duration_text(self.time), self.method, self.arguments, self.ending)
    }
}

impl fmt::Display for CallEnding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallEnding::Pending => f.write_str("pending"),
            CallEnding::Returned => f.write_str("returned"),
            CallEnding::Failed(error) => write!(f, "failed: {error}"),
            CallEnding::Dropped => f.write_str("dropped"),
            CallEnding::Panicked => f.write_str("panicked"),
        }
    }
}

/// Maximum number of calls shown in a report.
const MAX_SHOWN_CALLS: usize = 12;

/// Log of the calls of one component.
pub(super) struct Log {
    trait_name: &'static str,
    methods: &'static [Method],
    start: Instant,
    calls: Mutex<Vec<RecordedCall>>,
}

impl Log {
    pub(super) fn new(trait_name: &'static str, methods: &'static [Method]) -> Self {
        Log { trait_name, methods, start: Instant::now(), calls: Mutex::default() }
    }

    /// Records the start of a call.
    pub(super) fn begin(&self, call: &Call<'_>) -> Recording<'_> {
        World::record_fake_call();
        let sim = Sim::try_current();
        let (trait_name, method) = (call.method().trait_name(), call.method().name());
        let arguments = call.arguments().to_string();
        let mut calls = lock(&self.calls);
        let is_alike = |other: &&RecordedCall| (other.trait_name, other.method) == (trait_name, method);
        let number = 1 + calls.iter().filter(is_alike).count();
        calls.push(RecordedCall {
            trait_name,
            method,
            number,
            arguments,
            ending: CallEnding::Pending,
            task: sim.map(|sim| sim.task_name()).filter(|name| !name.is_empty()),
            time: sim.map_or_else(|| self.start.elapsed(), |sim| sim.elapsed()),
        });
        Recording { log: self, index: calls.len() - 1, number }
    }

    /// Returns the newest calls as shown in a report, or `None` if there are none.
    pub(super) fn report(&self) -> Option<String> {
        let calls = lock(&self.calls);
        let first = calls.len().saturating_sub(MAX_SHOWN_CALLS);
        let lines: Vec<_> = calls[first..].iter().map(|call| format!("\n  {call}")).collect();
        let truncated =
            if first > 0 { format!(", the newest {MAX_SHOWN_CALLS} of {}", calls.len()) } else { String::new() };
        (!lines.is_empty()).then(|| format!("calls of `{}`{truncated}:{}", self.trait_name, lines.concat()))
    }
}

/// Recording of a running call, dropped together with the call's future.
pub(super) struct Recording<'a> {
    log: &'a Log,
    index: usize,
    /// Number of the call among the calls of its method.
    pub(super) number: usize,
}

impl Recording<'_> {
    /// Records how the call ended. If called again, the last ending counts.
    pub(super) fn end(&self, ending: CallEnding) {
        lock(&self.log.calls)[self.index].ending = ending;
    }
}

impl Drop for Recording<'_> {
    fn drop(&mut self) {
        let ending = &mut lock(&self.log.calls)[self.index].ending;
        if *ending == CallEnding::Pending {
            *ending = CallEnding::Dropped;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_displayed_in_one_line() {
        let mut call = RecordedCall {
            trait_name: "Store",
            method: "get",
            number: 1,
            arguments: r#"key: "a""#.into(),
            ending: CallEnding::Failed("gone".into()),
            task: Some("main".into()),
            time: Duration::from_secs(5),
        };
        assert_eq!(call.to_string(), r#"5 s  main  get(key: "a")  failed: gone"#);
        (call.task, call.ending) = (None, CallEnding::Pending);
        assert_eq!(call.to_string(), r#"5 s  -  get(key: "a")  pending"#);
    }
}
