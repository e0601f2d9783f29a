//! Failure reports: the text that a failing test prints, and its timeline.

mod choices;
mod frames;
mod headline;
mod primitives;
mod tasks;
mod text;
mod timeline;

pub(crate) use choices::choices;
pub(crate) use frames::waiting;
pub(crate) use timeline::Folder;
pub use timeline::Timeline;
