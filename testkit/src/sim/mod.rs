//! The simulation: tasks that are run one at a time, on virtual time, in an order that a schedule decides.

mod budget;
mod cancel;
mod closely;
mod decider;
mod draws;
mod ending;
mod engine;
mod fingerprint;
mod handle;
mod idle;
mod inside;
mod join;
mod panics;
mod plan;
mod ready;
mod recorder;
mod recording;
mod run;
mod services;
mod slot;
mod stack;
mod symbols;
mod task;
mod thread_rng;
mod ticket;
mod waker;
mod world;

pub(crate) use decider::Decider;
pub(crate) use draws::{Draws, Site, described as described_starts};
pub(crate) use engine::Engine;
pub use handle::Sim;
#[cfg(feature = "interpose")]
pub(crate) use inside::set_seed;
#[cfg(feature = "interpose")]
pub(crate) use panics::aborting;
pub(crate) use panics::{PanicReport, capture, take as take_panics};
pub(crate) use plan::{Body, DROPPING, End, Finding, Heartbeat, Limits, Mode, Plan, Ran, Step};
pub(crate) use recording::{Actor, Happening, Omitted, PollResult, Recording, What};
pub(crate) use run::run;
pub(crate) use stack::TaskStack;
pub(crate) use symbols::Frame;
pub use task::{State as TaskState, TaskSnapshot};
pub(crate) use world::{Scene, World};
