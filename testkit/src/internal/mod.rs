//! Helpers for all modules: text for reports, locks, waiting, panic messages.

mod lock;
mod panic_message;
mod source_location;
mod text;
mod waiting;

pub(crate) use lock::lock;
pub(crate) use panic_message::panic_message;
pub(crate) use source_location::{REGISTRY, short_place};
pub(crate) use text::{counted, duration_text};
pub(crate) use waiting::{Attempt, poll_locked, until};

/// Path of this module.
pub(crate) const MODULE: &str = module_path!();
