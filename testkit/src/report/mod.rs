//! Reports of failures, for people.

mod frames;
mod held;
mod text;
mod timeline;

pub(crate) use crate::internal::file_name as short;
pub(crate) use frames::{location, waiting};
pub(crate) use text::{details, headline, written};
pub use timeline::Timeline;
pub(crate) use timeline::{Folder, Story};
