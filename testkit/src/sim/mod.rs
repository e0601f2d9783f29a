//! The simulation as the code under test uses it: its handle, its ambient services, and the decisions of fakes.

mod cancel;
mod decider;
mod handle;
mod services;

pub(crate) use decider::Decider;
pub use handle::Sim;
pub(crate) use services::enter_thread;

/// Path of this module.
pub(crate) const MODULE: &str = module_path!();
