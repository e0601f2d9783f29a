//! Observations of a run, as data: its steps and events, its tasks, and the stacks at which they wait.

mod choice_details;
mod foreign_thread;
mod holder;
mod note;
mod poll_effect;
mod recorder;
mod recording;
mod stack;
mod step;
mod symbols;
mod task_snapshot;
mod watched_wakers;

pub(crate) use choice_details::{Decision, Preemption};
pub(crate) use foreign_thread::ForeignThread;
pub(crate) use holder::Holder;
pub(crate) use note::Note;
pub(crate) use poll_effect::PollEffect;
pub(crate) use recorder::Recorder;
pub(crate) use recording::{Actor, Event, Omitted, PollResult, RecordedEvent, Recording};
pub(crate) use stack::{CapturedStacks, TaskStack};
pub(crate) use step::Step;
pub(crate) use symbols::Frame;
pub use task_snapshot::{TaskSnapshot, TaskState};
pub(crate) use watched_wakers::WatchedWakers;

/// Path of this module.
pub(crate) const MODULE: &str = module_path!();
