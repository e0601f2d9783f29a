//! Random behavior of components, limits and signals.

use std::time::Duration;

use proptest::array::uniform6;
use proptest::option;
use proptest::prelude::*;

/// Number of components.
pub(crate) const PARTS: usize = 6;

#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// Selects the graph.
    pub(crate) graph: u64,
    pub(crate) parts: [Behavior; PARTS],
    pub(crate) limits: Limits,
    pub(crate) end: End,
}

#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) constructor: Duration,
    pub(crate) start: Duration,
    pub(crate) stop: Duration,
    pub(crate) drain: Duration,
    pub(crate) whole_stop: Option<Duration>,
}

/// The end of the host.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// A signal, and perhaps another one some time after it.
    Signals { first: Duration, second: Option<Duration> },
    /// The future of the start is dropped, unless it is complete by then.
    DropStart { after: Duration },
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Behavior {
    pub(crate) construct: Act,
    pub(crate) start: Act,
    pub(crate) run: Act,
    pub(crate) is_forever: bool,
    pub(crate) stop: Act,
}

/// Behavior of a constructor or a hook.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Act {
    Return(Duration),
    Fail(Duration),
    Panic,
    Hang,
    /// Waits for the shutdown, and then this time. Only for `#[run]` tasks.
    Obey(Duration),
}

impl Case {
    /// Returns a time in which any stop of the components is over.
    pub(crate) fn longest_stop(&self) -> Duration {
        (self.limits.stop * 2 + Duration::from_secs(2)) * PARTS as u32 + self.limits.drain
    }
}

fn time() -> impl Strategy<Value = Duration> {
    prop_oneof![3 => Just(0), 2 => 1..20_u64, 1 => 100..3_000_u64].prop_map(Duration::from_millis)
}

fn limit() -> impl Strategy<Value = Duration> {
    (50..5_000_u64).prop_map(Duration::from_millis)
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![40 => time().prop_map(Act::Return), 1 => time().prop_map(Act::Fail), 1 => Just(Act::Panic), 1 => Just(Act::Hang)]
}

/// The panic of a constructor is that of the start, and is tested elsewhere.
fn construct() -> impl Strategy<Value = Act> {
    act().prop_map(|act| if act == Act::Panic { Act::Hang } else { act })
}

fn run() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => time().prop_map(Act::Obey),
        1 => act(),
        1 => Just(Act::Hang),
    ]
}

fn behavior() -> impl Strategy<Value = Behavior> {
    (construct(), act(), run(), any::<bool>(), act()).prop_map(|(construct, start, run, is_forever, stop)| Behavior {
        construct,
        start,
        run,
        is_forever,
        stop,
    })
}

fn end() -> impl Strategy<Value = End> {
    let signals = (time(), option::weighted(0.4, time())).prop_map(|(first, second)| End::Signals { first, second });
    prop_oneof![5 => signals, 1 => time().prop_map(|after| End::DropStart { after })]
}

pub(crate) fn any_case() -> impl Strategy<Value = Case> {
    let limits = (limit(), limit(), limit(), time(), option::of(limit())).prop_map(
        |(constructor, start, stop, drain, whole_stop)| Limits { constructor, start, stop, drain, whole_stop },
    );
    (any::<u64>(), uniform6(behavior()), limits, end()).prop_map(|(graph, parts, limits, end)| Case {
        graph,
        parts,
        limits,
        end,
    })
}
