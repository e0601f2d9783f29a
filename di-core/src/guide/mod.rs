//! The guide, with a page for each task. The pages are in the order in which a new user needs them. All code on these
//! pages is compiled and run.
//!
//! | page | subject |
//! |---|---|
//! | [`wiring`] | components, containers, and the ways to make a field |
//! | [`errors`] | the errors you are most likely to see, what they mean, and how to fix them |
//! | [`mocks`] | override a component with a fake or a mock |
//! | [`slices`] | build only the components that a test needs |
//! | [`lifecycle`] | start, run and stop a service; hosts and health checks |
//! | [`production`] | run a service under an orchestrator: signals, probes, time limits |
//! | [`scopes`] | components that exist once per request, with a transaction |
//! | [`ambient`] | time, tasks, randomness, network and files as components |
//! | [`interceptors`] | add retries, timeouts, metrics or traces to every call of a trait |
//! | [`graph`] | draw and test the wiring, and measure the start-up |
//! | [`axum`] | HTTP handlers, servers and clients |
//! | [`from_shaku`] | migrate from shaku step by step |
//! | [`from_elsewhere`] | equivalents for users of Spring, Dagger, Guice, .NET and Fx |
//! | [`compared`] | comparison with other containers |
//! | [`performance`] | cost at run time and at compile time |
//! | [`limits`] | limits of the wiring, and workarounds |
//!
//! The guide of `testkit`, the other crate of this project, explains deterministic tests of a service.

/// [`errors`]: crate::guide::errors
/// [`from_shaku`]: crate::guide::from_shaku
/// [`lifecycle`]: crate::guide::lifecycle
/// [`limits`]: crate::guide::limits
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
/// [`production`]: crate::guide::production
#[doc = include_str!("lifecycle.md")]
pub mod lifecycle {}

/// [`lifecycle`]: crate::guide::lifecycle
#[doc = include_str!("production.md")]
pub mod production {}

#[doc = include_str!("scopes.md")]
pub mod scopes {}

#[doc = include_str!("ambient.md")]
pub mod ambient {}

#[doc = include_str!("interceptors.md")]
pub mod interceptors {}

#[doc = include_str!("graph.md")]
pub mod graph {}

/// [`production`]: crate::guide::production
/// [`scopes`]: crate::guide::scopes
#[doc = include_str!("axum.md")]
pub mod axum {}

#[doc = include_str!("from_shaku.md")]
pub mod from_shaku {}

#[doc = include_str!("from_elsewhere.md")]
pub mod from_elsewhere {}

/// [`performance`]: crate::guide::performance
#[doc = include_str!("compared.md")]
pub mod compared {}

#[doc = include_str!("performance.md")]
pub mod performance {}

/// [`errors`]: crate::guide::errors
/// [`lifecycle`]: crate::guide::lifecycle
/// [`performance`]: crate::guide::performance
#[doc = include_str!("limits.md")]
pub mod limits {}
