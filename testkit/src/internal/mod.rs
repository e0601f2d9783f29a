//! Helpers without knowledge of simulations.

mod file_name;
mod lock;
mod panic_text;

pub(crate) use file_name::file_name;
pub(crate) use lock::lock;
pub(crate) use panic_text::panic_text;
