//! `linear`: components that do not do as one that does one operation after the other are found, and shown small.

mod components;
mod histories;
mod models;
mod programs;
mod reports;

use testkit::linear::{Check, Model, check};

/// A check that leaves no files.
fn fresh<M: Model>() -> Check<M> {
    check::<M>().config(config())
}

fn config() -> proptest::prelude::ProptestConfig {
    proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() }
}
