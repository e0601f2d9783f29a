//! Items that generated code uses, re-exported by `codegen`.

pub use super::forward::{Abilities, forward, forward_sync, show};
pub use super::intercepted::parts;
pub use super::probe::{Fallback, Probe, borrowing_outputs, outputs};
