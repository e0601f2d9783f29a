//! Failure reports: the text that a failing test prints, and its timeline.

mod choices;
mod frames;
mod headline;
mod primitives;
mod tasks;
mod text;
mod timeline;
mod waker_origin;

pub(crate) use choices::choices;
pub(crate) use frames::waiting;
pub(crate) use timeline::Folder;
pub use timeline::Timeline;
pub(crate) use waker_origin::{WakerOrigin, forgetful_poll, has_enough_polls, is_join, waker_origin, waker_place};
