use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::internal::lock;
use di_core::intercept::{Call, Method};
use tokio::time::Instant;

use super::rule::find;
use crate::report::written;
use crate::sim::Sim;

/// The calls that there have been: those of one method, or all. Clones see the same, also those that are still to come.
#[derive(Clone)]
pub struct Calls {
    log: Arc<Log>,
    /// None for those of all methods.
    method: Option<&'static Method>,
}

/// A call that there has been, of the component's trait or of a supertrait of it.
///
/// Its text is `5 s  main  get(key: "a")  failed: gone`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedCall {
    /// Name of the trait: of the component's, or of a supertrait of it.
    pub trait_name: &'static str,
    /// Name of the method.
    pub method: &'static str,
    /// Its number among the calls of the method, from 1.
    pub number: usize,
    /// The arguments as text, such as `key: "a", limit: 3`. One without `Debug` is `_`.
    pub arguments: String,
    /// How it ended, as its caller saw it.
    pub ending: CallEnding,
    /// Name of the task that made it, in a simulation.
    pub task: Option<String>,
    /// When it was made: since the start of the simulation, or, outside of one, since the faults were built, as tokio
    /// has it.
    pub time: Duration,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallEnding {
    /// It has not ended yet.
    Pending,
    /// It returned what is no error.
    Returned,
    /// It returned an error, with this text, whether that was a fault or the component's own.
    Failed(String),
    /// Its future was dropped before it was ready.
    Dropped,
    /// It panicked.
    Panicked,
}

impl Calls {
    /// How many there have been.
    pub fn count(&self) -> usize {
        lock(&self.log.calls).iter().filter(|call| self.has(call)).count()
    }

    /// What there has been, in the order in which it began.
    pub fn list(&self) -> Vec<RecordedCall> {
        lock(&self.log.calls).iter().filter(|call| self.has(call)).cloned().collect()
    }

    /// Those of one method. Of those of a supertrait, only [`list`](Calls::list) tells.
    ///
    /// # Panics
    /// If the trait has no method of this name.
    #[track_caller]
    pub fn of(&self, method: &str) -> Calls {
        match find(self.log.trait_name, self.log.methods, method) {
            Ok(index) => Calls { log: self.log.clone(), method: Some(&self.log.methods[index]) },
            Err(problem) => panic!("{problem}"),
        }
    }

    pub(super) fn new(log: Arc<Log>) -> Self {
        Calls { log, method: None }
    }

    fn has(&self, call: &RecordedCall) -> bool {
        self.method.is_none_or(|method| (method.trait_name(), method.name()) == (call.trait_name, call.method))
    }
}

/// One call a line.
impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.list().iter().try_for_each(|call| writeln!(f, "{call}"))
    }
}

impl fmt::Display for RecordedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let task = self.task.as_deref().unwrap_or("-");
        write!(f, "{}  {task}  {}({})  {}", written(self.time), self.method, self.arguments, self.ending)
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

/// So many calls are shown in a report.
const SHOWN: usize = 12;

/// What is written down of one component.
pub(super) struct Log {
    trait_name: &'static str,
    methods: &'static [Method],
    begun: Instant,
    calls: Mutex<Vec<RecordedCall>>,
}

impl Log {
    pub(super) fn new(trait_name: &'static str, methods: &'static [Method]) -> Self {
        Log { trait_name, methods, begun: Instant::now(), calls: Mutex::default() }
    }

    /// Writes down that a call begins.
    pub(super) fn begin(&self, call: &Call<'_>) -> Recording<'_> {
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
            time: sim.map_or_else(|| self.begun.elapsed(), |sim| sim.elapsed()),
        });
        Recording { log: self, index: calls.len() - 1, number }
    }

    /// The newest calls, as a report shows them; none if there has been none.
    pub(super) fn newest(&self) -> Option<String> {
        let calls = lock(&self.calls);
        let first = calls.len().saturating_sub(SHOWN);
        let lines: Vec<_> = calls[first..].iter().map(|call| format!("\n  {call}")).collect();
        let left_out = if first > 0 { format!(", the newest {SHOWN} of {}", calls.len()) } else { String::new() };
        (!lines.is_empty()).then(|| format!("calls of `{}`{left_out}:{}", self.trait_name, lines.concat()))
    }
}

/// A call under way. It is dropped with it.
pub(super) struct Recording<'a> {
    log: &'a Log,
    index: usize,
    /// Of the call, among those of the method.
    pub(super) number: usize,
}

impl Recording<'_> {
    /// Writes down how it ended. What is written last counts.
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
    fn a_call_is_a_line() {
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
