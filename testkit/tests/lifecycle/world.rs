//! Everything that happens to the components, and the rules that it must follow.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use di_core::HostError;
use di_core::host::{Hook, HookFailure};
use tokio::time::Instant;

use crate::case::{Act, Behavior, Case, PARTS};
use crate::random_graph::Dependencies;

pub(crate) const NAMES: [&str; PARTS] = ["a", "b", "c", "d", "e", "f"];

/// Returns the index of the component with this name.
pub(crate) fn index(name: &str) -> usize {
    NAMES.iter().position(|other| *other == name).expect("the name of a component")
}

pub(crate) struct World {
    dependencies: &'static [Dependencies; PARTS],
    case: Case,
    spans: Mutex<Vec<Span>>,
}

/// A call of a hook.
#[derive(Clone, Debug)]
struct Span {
    part: usize,
    hook: Hook,
    begun: Instant,
    /// Number of the event, which orders what happens at one time.
    begun_at: usize,
    end: Option<SpanEnd>,
}

#[derive(Clone, Copy, Debug)]
struct SpanEnd {
    at: usize,
    time: Instant,
    /// `None` if the future was dropped, or panicked.
    result: Option<bool>,
}

/// A hook that is running.
pub(crate) struct Running {
    world: Arc<World>,
    span: usize,
    result: Option<bool>,
}

impl World {
    pub(crate) fn new(dependencies: &'static [Dependencies; PARTS], case: Case) -> World {
        World { dependencies, case, spans: Mutex::default() }
    }

    pub(crate) fn behavior(&self, part: usize) -> Behavior {
        self.case.parts[part]
    }

    pub(crate) fn begin(self: &Arc<Self>, part: usize, hook: Hook) -> Running {
        let mut spans = self.spans.lock().unwrap();
        let begun_at = events(&spans);
        spans.push(Span { part, hook, begun: Instant::now(), begun_at, end: None });
        Running { world: self.clone(), span: spans.len() - 1, result: None }
    }

    fn spans_of(&self, hook: Hook) -> Vec<Span> {
        self.spans.lock().unwrap().iter().filter(|span| span.hook == hook).cloned().collect()
    }

    fn span(&self, part: usize, hook: Hook) -> Option<Span> {
        let spans = self.spans_of(hook);
        let mut of_part = spans.into_iter().filter(|span| span.part == part);
        let first = of_part.next();
        assert!(of_part.next().is_none(), "{hook} of {} was called twice", NAMES[part]);
        first
    }

    fn has_started(&self, part: usize) -> bool {
        // A start that returned at the very end of its limit may have been judged either way.
        self.span(part, Hook::Start).is_some_and(|start| {
            start.end.is_some_and(|end| {
                end.result == Some(true) && end.time.duration_since(start.begun) < self.case.limits.start
            })
        })
    }

    /// Each component starts after its dependencies, and runs after all have started.
    pub(crate) fn assert_starts_in_order(&self) {
        for start in self.spans_of(Hook::Start) {
            for &dependency in self.dependencies[start.part].indexes() {
                let before = self.span(dependency, Hook::Start).expect("the dependency started before");
                let end = before.end.expect("the dependency has started");
                assert!(end.result == Some(true) && end.at < start.begun_at, "{before:?} before {start:?}");
            }
        }
        let starts = self.spans_of(Hook::Start);
        for run in self.spans_of(Hook::Run) {
            assert!(starts.iter().all(|start| start.end.is_some_and(|end| end.at < run.begun_at)), "{run:?}");
        }
    }

    /// Each component stops after its dependents, and after its own task is gone.
    pub(crate) fn assert_stops_in_order(&self) {
        for stop in self.spans_of(Hook::Stop) {
            let is_before = |span: &Span| span.end.is_some_and(|end| end.at < stop.begun_at);
            for span in self.spans.lock().unwrap().iter() {
                let is_own = span.part == stop.part && span.hook != Hook::Stop;
                let is_dependent = self.dependencies[span.part].indexes().contains(&stop.part);
                assert!(!(is_own || is_dependent) || is_before(span), "{span:?} is over before {stop:?}");
            }
        }
    }

    /// Each component that has started is stopped, unless there was no time left, and no other.
    pub(crate) fn assert_all_started_are_stopped(&self, not_called: &[usize]) {
        for (part, name) in NAMES.into_iter().enumerate() {
            let is_stopped = self.span(part, Hook::Stop).is_some();
            if self.has_started(part) {
                assert!(is_stopped || not_called.contains(&part), "{} started, but was not stopped", name);
            }
            let is_failed =
                self.span(part, Hook::Start).is_none_or(|start| start.end.is_none_or(|end| end.result != Some(true)));
            assert!(!(is_failed && is_stopped), "{} was stopped, but had not started", name);
        }
    }

    /// Each failure of a hook is in the error.
    pub(crate) fn assert_failures_are_reported(&self, result: &Result<(), HostError>, is_dropped: bool) {
        if is_dropped && result.is_ok() {
            return;
        }
        let failures = result.as_ref().err().map(HostError::failures).unwrap_or_default();
        for span in self.spans.lock().unwrap().iter() {
            let is_reported = failures
                .iter()
                .any(|failure: &HookFailure| failure.hook == span.hook && index(failure.node.name()) == span.part);
            if span.end.is_some_and(|end| end.result == Some(false)) {
                assert!(is_reported, "the failure of {span:?} is reported in {result:?}");
            }
            let behavior = self.behavior(span.part);
            if span.hook == Hook::Stop && (behavior.stop == Act::Panic || behavior.stop == Act::Hang) {
                assert!(is_reported, "{span:?} is reported in {result:?}");
            }
        }
    }

    /// The time from the end of the first stopped component's task or hook to the last is within the limit.
    pub(crate) fn assert_stop_takes_at_most(&self, whole: Duration) {
        let stops = self.spans_of(Hook::Stop);
        let Some(first) = stops.iter().map(|stop| stop.begun).min() else { return };
        let last = stops.iter().filter_map(|stop| stop.end).map(|end| end.time).max().unwrap_or(first);
        assert!(last - first <= whole + Duration::from_millis(1), "{:?} > {whole:?}", last - first);
    }

    pub(crate) fn assert_nothing_runs(&self) {
        for span in self.spans.lock().unwrap().iter() {
            assert!(span.end.is_some(), "{span:?} still runs");
        }
    }
}

/// Returns the number of events: beginnings and ends.
fn events(spans: &[Span]) -> usize {
    spans.len() + spans.iter().filter(|span| span.end.is_some()).count()
}

impl Running {
    pub(crate) fn finish(mut self, is_ok: bool) {
        self.result = Some(is_ok);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut spans = self.world.spans.lock().unwrap();
        let at = events(&spans);
        spans[self.span].end = Some(SpanEnd { at, time: Instant::now(), result: self.result });
    }
}
