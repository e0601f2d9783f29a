//! The guide: a page for each thing that one does with a container, in the order in which a newcomer needs them. All code
//! on these pages is compiled and run.
//!
//! | page | tells |
//! |---|---|
//! | [`wiring`] | components, containers, and all the ways in which a field is made |
//! | [`errors`] | the errors that one meets first, and what they mean |
//! | [`mocks`] | another thing in a component's place: an override, by a fake or by mockall |
//! | [`slices`] | building only what a test needs |
//! | [`lifecycle`] | start, run and stop; the host; health |
//! | [`scopes`] | what there is once for each request |
//! | [`ambient`] | clock, tasks, randomness and network as components |
//! | [`interceptors`] | retry, timeout and metrics around any trait |
//! | [`graph`] | pictures of the wiring, and a report of the start-up |
//! | [`axum`] | handlers, servers and clients of HTTP |
//! | [`from_shaku`] | moving over from shaku, a piece at a time |
//! | [`from_elsewhere`] | what you did in Spring, Dagger, Guice, .NET or Fx, and what you do here |
//! | [`compared`] | what other containers have, and this one lacks, and the other way round |
//!
//! How to test a service deterministically is told by the guide of `testkit`, the crate beside this one.

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
