//! Reports of failures, for people.

mod choices;
mod frames;
mod headline;
mod held;
mod tasks;
mod text;
mod timeline;

pub(crate) use choices::choices;
pub(crate) use frames::waiting;
pub(crate) use timeline::Folder;
pub use timeline::Timeline;
