//! Dependency injection for Rust services.
//!
//! **A container is a plain struct. Each field declares how it is made. A constructor's parameters are found by type
//! among the fields.** There is no type map, no registration and no lock: to resolve a component is to read a field,
//! and `cargo check` verifies that the wiring is complete.
//!
//! ```
//! use std::sync::Arc;
//! use di_core::{component, provider, Container};
//!
//! # pub struct Config { url: String }
//! # pub struct Pool;
//! pub trait Store: Send + Sync {
//!     fn name(&self) -> String;
//! }
//!
//! pub struct SqlStore { pool: Arc<Pool> }
//!
//! /// The constructor is `new`, or the function marked `#[constructor]`. Its parameters are the dependencies.
//! #[component]
//! impl SqlStore {
//!     pub async fn new(config: &Config, pool: Arc<Pool>) -> Result<Self, std::io::Error> {
//!         if config.url.is_empty() {
//!             return Err(std::io::Error::other("no URL"));
//!         }
//!         Ok(SqlStore { pool })
//!     }
//! }
//!
//! impl Store for SqlStore {
//!     fn name(&self) -> String { "sql".into() }
//! }
//!
//! /// For foreign types, and for choices at run time.
//! #[provider]
//! async fn open_pool(config: &Config) -> Arc<Pool> {
//!     # let _ = config;
//!     Arc::new(Pool)
//! }
//!
//! #[derive(Container)]
//! pub struct App {
//!     #[input]               config: Arc<Config>,     // the caller supplies it
//!     #[provide(open_pool)]  pool: Arc<Pool>,         // a function makes it
//!     #[component(SqlStore)] store: Arc<dyn Store>,   // its constructor makes it; coerced to the trait
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let app = App::builder(Config { url: "db://".into() }).build().await?;
//! assert_eq!(app.store.name(), "sql");
//!
//! // In a test, override any field. A slice builds only what the requested field needs.
//! struct MockStore;
//! impl Store for MockStore {
//!     fn name(&self) -> String { "mock".into() }
//! }
//! let store: Arc<dyn Store> = App::slice().with_store(Arc::new(MockStore)).get().await?;
//! assert_eq!(store.name(), "mock");
//! # Ok::<(), di_core::BuildError>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The [guide](guide/index.html) has a page for each task.
//!
//! # Overview
//!
//! Wiring:
//!
//! - [`#[component]`](macro@component) on an `impl`, or [`#[derive(Component)]`](derive@Component) on a struct, makes a
//!   type constructible.
//! - [`#[provider]`](macro@provider) on a function provides a value that is not a component, such as one of a foreign
//!   type.
//! - [`#[derive(Container)]`](derive@Container) turns a struct into a container. Its documentation has an example of
//!   each field attribute. [`Container`] lists the generated items: the builder (`App::builder`), the slice
//!   (`App::slice`) and the graph (`App::GRAPH`).
//! - [`Tagged`], [`Lazy`], [`SyncLazy`], [`Factory`], [`BoxFactory`], [`SyncFactory`] and [`SyncBoxFactory`] are field
//!   types with a special meaning.
//! - [`wiring`] contains the traits that these macros implement.
//!
//! Building and running:
//!
//! - [`construct::Build`] and [`construct::Get`] are the futures that build a container or a slice. Constructors are
//!   called as soon as their dependencies are built; async ones run concurrently.
//! - [`BuildError`] names the constructor that failed, its error, its dependents, and what had been built.
//! - [`construct::BuildReport`] is a waterfall chart of constructor times that shows the critical path.
//!   [`Build::with_report`](construct::Build::with_report) returns it.
//! - `Host` runs a container's `#[start]`, `#[run]` and `#[stop]` hooks in the order of the graph, each with a timeout.
//!   `App::builder(..).start()` returns it. `App::builder(..).run_until_signal()` starts, runs and stops in one call. See
//!   [`host`].
//! - [`Graph`] is the wiring as data. It renders as an HTML page ([`Graph::to_html`]), a Mermaid or Graphviz drawing,
//!   and JSON.
//!
//! Components and helpers:
//!
//! - [`ambient`] provides the clock, tasks, randomness, network and files as components, and `Ambient`, a container of
//!   most of them.
//! - [`intercept`](mod@intercept) adds retries, timeouts, metrics and tracing to the calls of a trait with
//!   [`#[intercept]`](macro@intercept), with one-line decorators.
//! - [`task`] spawns tasks, with tokio's API, from code into which no `Spawner` can be injected.
//! - `HealthChecks` runs the checks of all components that implement `HealthCheck`.
//! - `Inject` extracts a field in an axum handler, and `axum::Server` serves axum routers on any network. Both need the
//!   feature `axum`.
//! - `hyper` connects hyper's clients through any network, with the feature `hyper`.
//!
//! Code that the macros generate uses [`codegen`].
//!
//! # Rules
//!
//! - A type is a key: no two fields have the same type. To declare a second field of the same type, wrap the type in
//!   [`Tagged`] or in a type of your own.
//! - Every field must be `Send + Sync + 'static`. Declare an injected trait as `trait Store: Send + Sync`.
//! - A parameter `T` takes a clone of a field; for an `Arc` that is another handle. `&T` borrows from an
//!   `Arc<T>`, or from a field of type `T`.
//! - A container is dropped like any struct, field by field. A build that fails, panics or is cancelled drops the built
//!   components in reverse order of construction.
#![deny(missing_docs)]

extern crate self as di_core;

mod component;
mod container;
mod hooks;
mod integrations;
mod internal;

pub mod ambient;
pub mod construct;
pub mod fields;
pub mod graph;
#[cfg(feature = "tokio")]
pub mod guide;
pub mod host;
pub mod intercept;
pub mod task;

#[doc(inline)]
pub use component::Component;
#[doc(inline)]
pub use construct::BuildError;
#[doc(inline)]
pub use container::Container;
#[doc(inline)]
pub use fields::{BoxFactory, Factory, Lazy, SyncBoxFactory, SyncFactory, SyncLazy, Tagged};
#[doc(inline)]
pub use graph::Graph;
#[doc(inline)]
pub use hooks::Shutdown;
#[cfg(feature = "tokio")]
#[doc(inline)]
pub use host::{HealthCheck, HealthChecks, Host, HostError, Scope, ScopeError};
#[cfg(feature = "axum")]
#[doc(inline)]
pub use integrations::axum::{self, Inject};
#[cfg(feature = "hyper")]
#[doc(inline)]
pub use integrations::hyper;
#[doc(inline)]
pub use intercept::Intercepted;
pub use internal::{BoxError, BoxFuture};

pub use di_macros::{Component, Container, component, intercept, provider};

/// Traits that the macros implement for containers and for the types that they construct.
///
/// They appear in compiler errors. Implement one by hand if a macro cannot, for example for a component that is
/// constructed in a special way, or for a decorator of any type.
pub mod wiring {
    pub use crate::component::{
        Assisted, Component, Decorator, IntoBoxError, IntoConstructed, IntoHookResult, IntoProvided, Provider,
    };
    pub use crate::container::{
        ArcFieldOf, AsyncBorrowedFieldOf, BorrowedFieldOf, BuiltSync, CloneFieldOf, Container, FieldOf, Module,
        OptionFieldOf, Overrides, Shared, Slice, Whole,
    };
    pub use crate::graph::Constructor;
    pub use crate::hooks::Lifecycle;
}

/// Building blocks of self-contained HTML pages: the style of the container graph, and placeholders.
///
/// `testkit` uses them for its timeline, which then looks like the other pages. They are hidden because they are not
/// meant for other crates.
#[doc(hidden)]
pub mod html {
    pub use crate::internal::page::{STYLE, embedded, filled, html_escaped, json_quoted};
}

// Declared last: compiler messages then name items by their paths in the modules above.
pub mod codegen;
