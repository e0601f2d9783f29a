//! Makes the choices of a run: one scheduling algorithm per file.

mod bounded;
mod choices;
mod algorithm;
mod exhaustive;
mod fifo;
mod ready_tasks;
mod order;
mod pct;
mod pos;
mod profile;
mod random;
mod replay;
mod source;
mod stepping;
mod selection;
mod surw;
mod tree;

use bounded::Bounded;
pub(crate) use choices::Choices;
use algorithm::Algorithm;
pub(crate) use algorithm::Cut;
pub(crate) use exhaustive::Exhaustive;
use fifo::Fifo;
pub(crate) use ready_tasks::{QueueHead, ReadyTasks, PollStart};
use pct::Pct;
use pos::Pos;
pub(crate) use profile::Profile;
use random::RandomWalk;
use replay::Replay;
pub(crate) use source::{Alternatives, RandomSource, ChoiceSource, AlgorithmKind};
pub use selection::Scheduler;
use surw::Surw;
