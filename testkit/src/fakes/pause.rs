//! What all scripts have in common: where they are from, and what they wait for between two steps.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Sleep, sleep};

use crate::fakes::gate::{Gate, Pass};

/// What a script is of, and the line that began it: `the stream scripted at tests/body.rs:12:20`.
#[derive(Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) what: &'static str,
    pub(crate) place: &'static Location<'static>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} scripted at {}", self.what, self.place)
    }
}

/// `1 step`, `3 steps`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// A step that is waited for.
pub(crate) enum Pause {
    Time(Duration),
    Gate(Gate),
}

impl Pause {
    /// Begins to wait.
    ///
    /// # Panics
    /// If it is for time, and there is no tokio runtime.
    pub(crate) fn begin(self, origin: Origin) -> Pausing {
        match self {
            Pause::Time(time) => {
                assert!(
                    Handle::try_current().is_ok(),
                    "{origin} waits for {time:?} of tokio's clock, and no tokio runtime is here: have the test run by \
                     `#[testkit::test]` or `#[tokio::test(start_paused = true)]`, or let it wait at a gate, by `.pending(&gate)`"
                );
                Pausing::Time(time, Box::pin(sleep(time)))
            }
            Pause::Gate(gate) => Pausing::Gate(gate.passing()),
        }
    }
}

impl fmt::Display for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pause::Time(time) => write!(f, "a wait of {time:?}"),
            Pause::Gate(_) => f.write_str("a gate"),
        }
    }
}

/// A step that is being waited for.
pub(crate) enum Pausing {
    Time(Duration, Pin<Box<Sleep>>),
    Gate(Pass),
}

impl Pausing {
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match self {
            Pausing::Time(_, sleep) => sleep.as_mut().poll(context),
            Pausing::Gate(pass) => Pin::new(pass).poll(context),
        }
    }
}

impl fmt::Display for Pausing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pausing::Time(time, _) => write!(f, "is a wait of {time:?} that is not over"),
            Pausing::Gate(pass) if pass.is_released() => {
                write!(f, "was let through the gate made at {}, and has not gone on", pass.place())
            }
            Pausing::Gate(pass) => write!(f, "waits at the gate made at {}, which was not released", pass.place()),
        }
    }
}
