//! The guide: a page for each task, in the order in which a newcomer needs them. All code on these pages is compiled
//! and run.
//!
//! | page | contents |
//! |---|---|
//! | [`wiring`] | components, containers, and all kinds of fields |
//! | [`errors`] | the most common compile errors |
//! | [`mocks`] | overriding a component with a fake or a mockall mock |
//! | [`slices`] | building only what a test needs |
//! | [`lifecycle`] | start, run and stop; the host; health |
//! | [`scopes`] | one container for each request |
//! | [`ambient`] | clock, tasks, randomness and network as components |
//! | [`interceptors`] | retry, timeout and metrics around any trait |
//! | [`graph`] | drawings of the wiring, and a report of the start-up |
//! | [`axum`] | HTTP handlers, servers and clients |
//! | [`from_shaku`] | migrating from shaku step by step |
//! | [`from_elsewhere`] | equivalents of Spring, Dagger, Guice, .NET and Fx |
//! | [`compared`] | comparison with other containers |
//!
//! The guide of the crate `testkit` explains deterministic tests of services.

/// [`errors`]: crate::guide::errors
/// [`from_shaku`]: crate::guide::from_shaku
/// [`lifecycle`]: crate::guide::lifecycle
#[doc = include_str!("wiring.md")]
pub mod wiring {}

#[doc = include_str!("errors.md")]
pub mod errors {}

/// [`slices`]: crate::guide::slices
#[doc = include_str!("mocks.md")]
pub mod mocks {}

/// [`lifecycle`]: crate::guide::lifecycle
#[doc = include_str!("slices.md")]
pub mod slices {}

/// [`axum`]: crate::guide::axum
#[doc = include_str!("lifecycle.md")]
pub mod lifecycle {}

#[doc = include_str!("scopes.md")]
pub mod scopes {}

#[doc = include_str!("ambient.md")]
pub mod ambient {}

#[doc = include_str!("interceptors.md")]
pub mod interceptors {}

#[doc = include_str!("graph.md")]
pub mod graph {}

/// [`scopes`]: crate::guide::scopes
#[doc = include_str!("axum.md")]
pub mod axum {}

#[doc = include_str!("from_shaku.md")]
pub mod from_shaku {}

#[doc = include_str!("from_elsewhere.md")]
pub mod from_elsewhere {}

#[doc = include_str!("compared.md")]
pub mod compared {}
