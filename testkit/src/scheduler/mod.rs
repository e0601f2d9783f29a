//! Schedulers, which make the choices of a run. One scheduling algorithm per file.

mod algorithm;
mod bounded;
mod choices;
mod exhaustive;
mod fifo;
mod pct;
mod pos;
mod preemption;
mod priority_queue;
mod profile;
mod random;
mod ready_tasks;
mod replay;
mod selection;
mod source;
mod surw;
mod tree;

use algorithm::Algorithm;
pub(crate) use algorithm::Transfer;
use bounded::Bounded;
pub(crate) use choices::Choices;
pub(crate) use exhaustive::Exhaustive;
use fifo::Fifo;
use pct::Pct;
use pos::Pos;
pub(crate) use profile::Profile;
use random::RandomWalk;
pub(crate) use ready_tasks::{PollStart, QueueHead, ReadyTasks};
use replay::Replay;
pub use selection::Scheduler;
pub(crate) use source::{AlgorithmKind, Alternatives, ChoiceSource, RandomSource};
use surw::Surw;
