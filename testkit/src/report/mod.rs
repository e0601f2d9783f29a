//! Reports of failures, for people.

mod frames;
mod text;
mod timeline;

pub(crate) use frames::{location, short, waiting};
pub(crate) use text::{details, headline, written};
pub use timeline::Timeline;
pub(crate) use timeline::{Folder, Story};
