//! Parts shared by all scripts: their origin, and the pauses between steps.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Sleep, sleep};

use crate::fakes::gate::{Gate, Pass};

/// The kind of a script and the source line that started it: `the stream scripted at tests/body.rs:12:20`.
#[derive(Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) kind: &'static str,
    pub(crate) place: &'static Location<'static>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} scripted at {}", self.kind, self.place)
    }
}

/// A step that waits.
pub(crate) enum Pause {
    Time(Duration),
    Gate(Gate),
}

impl Pause {
    /// Starts the wait.
    ///
    /// # Panics
    /// Panics if it waits for time outside a tokio runtime.
    pub(crate) fn begin(self, origin: Origin) -> ActivePause {
        match self {
            Pause::Time(time) => {
                assert!(
                    Handle::try_current().is_ok(),
                    "{origin} waits for {time:?} on tokio's clock, but there is no tokio runtime: use \
                     `#[testkit::test]` or `#[tokio::test(start_paused = true)]`, or wait at a gate with \
                     `.pending(&gate)`"
                );
                ActivePause::Time(time, Box::pin(sleep(time)))
            }
            Pause::Gate(gate) => ActivePause::Gate(gate.passing()),
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

/// A wait in progress.
pub(crate) enum ActivePause {
    Time(Duration, Pin<Box<Sleep>>),
    Gate(Pass),
}

impl ActivePause {
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match self {
            ActivePause::Time(_, sleep) => sleep.as_mut().poll(context),
            ActivePause::Gate(pass) => Pin::new(pass).poll(context),
        }
    }
}

impl fmt::Display for ActivePause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ActivePause::Time(time, _) => write!(f, "is a wait of {time:?} that is not over"),
            ActivePause::Gate(pass) if pass.is_released() => {
                write!(f, "was released from the gate created at {} but not polled since", pass.place())
            }
            ActivePause::Gate(pass) => {
                write!(f, "waits at the gate created at {}, which was not released", pass.place())
            }
        }
    }
}
