//! Items that generated code uses, re-exported by `codegen`.

pub use super::constructor::check_not_refused;
pub use super::cycle::check_no_cycle;
pub use super::named::{check_named, check_same_tag};
pub use super::node::timeout;
pub use super::ordering::{Ordering, first_async, ordering};
pub use super::unused::{check_used, used_nodes};
