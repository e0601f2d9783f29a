//! Linearizability checks: a component that does not behave as if its operations ran one by one is found, and the
//! failing program is shrunk.

mod components;
mod histories;
mod models;
mod programs;
mod reports;

use testkit::linearizability::{Check, Model, check};

/// Creates a check that writes no files.
fn fresh<M: Model>() -> Check<M> {
    check::<M>().config(config())
}

fn config() -> proptest::prelude::ProptestConfig {
    proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() }
}
