//! Steps of an IO script, and the steps that make later ones unreachable.

use std::{fmt, io};

use crate::fakes::pause::Pause;
use crate::internal::counted;

/// A step with its number in the script, from 1.
pub(super) struct Numbered<S> {
    pub(super) number: usize,
    pub(super) step: S,
}

/// One step of a script.
pub(super) enum Step {
    /// Bytes to be read; `done` of them have been read.
    Read {
        bytes: Vec<u8>,
        done: usize,
    },
    /// Bytes to be written; `done` of them have been written.
    Write {
        bytes: Vec<u8>,
        done: usize,
    },
    ReadError(io::Error),
    WriteError(io::Error),
    Pause(Pause),
    End,
    Stall,
    Shutdown,
}

impl Step {
    /// Returns why this step can never be reached if it comes after `before`.
    pub(super) fn blocked_by(&self, before: &Step) -> Option<&'static str> {
        match (before, self) {
            (Step::End, step) if step.is_read() => Some("its end"),
            (Step::Stall, step) if step.is_read() => Some("a stall"),
            (Step::Shutdown, step) if step.is_write() => Some("a shutdown"),
            _ => None,
        }
    }

    /// Returns whether a read completes the step.
    pub(super) fn is_read(&self) -> bool {
        matches!(self, Step::Read { .. } | Step::ReadError(_) | Step::End | Step::Stall)
    }

    /// Returns whether a write or a shutdown completes the step.
    pub(super) fn is_write(&self) -> bool {
        matches!(self, Step::Write { .. } | Step::WriteError(_) | Step::Shutdown)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Read { bytes, done } => write!(f, "{} to be read", counted(bytes.len() - done, "byte")),
            Step::Write { bytes, done } => write!(f, "{} to be written", counted(bytes.len() - done, "byte")),
            Step::ReadError(error) => write!(f, "a read that fails: {error}"),
            Step::WriteError(error) => write!(f, "a write that fails: {error}"),
            Step::Pause(pause) => pause.fmt(f),
            Step::End => f.write_str("EOF"),
            Step::Stall => f.write_str("a read that stalls"),
            Step::Shutdown => f.write_str("a shutdown"),
        }
    }
}
