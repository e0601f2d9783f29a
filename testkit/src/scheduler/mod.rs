//! Makes the choices of a run: one scheduling algorithm per file.

mod bounded;
mod choices;
mod chooser;
mod exhaustive;
mod fifo;
mod line;
mod order;
mod pct;
mod pos;
mod profile;
mod random;
mod replay;
mod source;
mod stepping;
mod strategy;
mod surw;
mod tree;

use bounded::Bounded;
pub(crate) use choices::Choices;
use chooser::Chooser;
pub(crate) use chooser::Cut;
pub(crate) use exhaustive::Exhaustive;
use fifo::Fifo;
pub(crate) use line::{First, Line, Polled};
use pct::Pct;
use pos::Pos;
pub(crate) use profile::Profile;
use random::RandomWalk;
use replay::Replay;
pub(crate) use source::{Noting, Search, Source, Walk};
pub use strategy::Strategy;
use surw::Surw;
