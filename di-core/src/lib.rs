//! Dependency injection for Rust services.
//!
//! **A container is a plain struct. Each field says how it is made. A constructor's parameters are found by type among
//! the fields.** There is no type map, no registration and no lock: resolving is reading a field, and `cargo check` knows
//! whether the wiring is complete.
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
//! /// For types that are not yours, and for choices made at run time.
//! #[provider]
//! async fn open_pool(config: &Config) -> Arc<Pool> {
//!     # let _ = config;
//!     Arc::new(Pool)
//! }
//!
//! #[derive(Container)]
//! pub struct App {
//!     #[input]               config: Arc<Config>,     // the caller supplies it
//!     #[provide(open_pool)]  pool: Arc<Pool>,         // a function returns it
//!     #[component(SqlStore)] store: Arc<dyn Store>,   // its constructor makes it; coerced to the trait
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let app = App::builder(Config { url: "db://".into() }).build().await?;
//! assert_eq!(app.store.name(), "sql");
//!
//! // In a test, override any field. A slice builds only what the asked-for field needs.
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
//! The [guide](guide/index.html) has a page for each thing that one does with it.
//!
//! # What there is
//!
//! To wire:
//!
//! - [`#[component]`](macro@component) on an `impl`, or [`#[derive(Component)]`](derive@Component) on a struct: how a type
//!   is constructed.
//! - [`#[provider]`](macro@provider) on a function: how a value is made that has no constructor of yours.
//! - [`#[derive(Container)]`](derive@Container): the container, with an example of each attribute of its fields. What it
//!   generates, the builder (`App::builder`), the slice (`App::slice`) and the graph (`App::GRAPH`), is told by
//!   [`Container`].
//! - [`Tagged`], [`Lazy`], [`Factory`] and [`SyncFactory`]: fields of a kind of their own.
//!
//! To build and run:
//!
//! - [`Build`] and [`Get`]: the futures that build a container or a slice. Constructors run as soon as what they need is
//!   there, the async ones concurrently.
//! - [`BuildError`]: what failed, why, who needs it, and what had been built.
//! - [`BuildReport`]: a waterfall of the constructors, and the critical path; [`Build::with_report`] returns it.
//! - `Host`: starts what has been built, runs it and stops it, by `#[start]`, `#[run]` and `#[stop]` hooks in the order of
//!   the graph, each under a timeout. `App::builder(..).start()` returns it.
//! - [`Graph`]: the wiring as data, as a page to look at ([`Graph::to_html`]), as a Mermaid or Graphviz drawing, and as
//!   JSON.
//!
//! Components and helpers:
//!
//! - [`ambient`]: clock, tasks, randomness and network as components, `Ambient` the container that has them.
//! - [`intercept`](mod@intercept): retry, timeout, metrics and tracing around the calls of a trait that has
//!   [`#[intercept]`](macro@intercept), each a decorator of one line.
//! - [`task`]: tasks in tokio's shapes, for where no constructor is at hand.
//! - `HealthChecks`: asks all components that implement `HealthCheck`.
//! - `Inject`: extracts a field in a handler of axum, with the feature `axum`; and `axum::Server`, which serves routers of
//!   axum at any network.
//! - `hyper`: what clients of hyper need to go through any network, with the feature `hyper`.
//!
//! Behind it, for generated code: [`Component`], [`Decorator`], [`Assisted`], [`Provider`], [`Lifecycle`], [`Module`] and
//! [`Slot`], the traits that say what a container can construct.
//!
//! # Rules
//!
//! - A type is a key: no two fields have the same type. To have two, give one a type of its own.
//! - Every field is `Send + Sync + 'static`: a trait that is injected is declared `trait Store: Send + Sync`.
//! - A parameter `T` takes a clone of a field, which for an `Arc` is another handle; `&T` borrows from an `Arc<T>`.
//! - A container is dropped like any struct, field by field. A build that fails, is cancelled or panics drops what it had
//!   built in reverse order of construction.
#![deny(missing_docs)]

extern crate self as di_core;

pub mod ambient;
#[cfg(feature = "axum")]
pub mod axum;
mod build;
mod component;
mod const_text;
mod container;
mod create_error;
mod decorator;
mod factory;
mod graph;
#[cfg(feature = "tokio")]
pub mod guide;
#[cfg(feature = "tokio")]
mod health;
#[cfg(feature = "hyper")]
pub mod hyper;
pub mod intercept;
mod lazy;
mod lifecycle;
mod module;
mod outcome;
mod page;
mod provider;
#[cfg(feature = "tokio")]
mod select;
mod shaku;
#[cfg(feature = "tokio")]
mod site;
mod slot;
mod sync;
mod tagged;
pub mod task;
mod unwind;

#[cfg(feature = "axum")]
#[doc(inline)]
pub use self::axum::Inject;
pub use build::{Build, BuildError, BuildErrorKind, BuildReport, Get, Slice, Timing, Unsupplied, Whole};
pub use component::{BoxError, BoxFuture, Component};
pub use container::Container;
pub use create_error::CreateError;
pub use decorator::Decorator;
pub use factory::{Assisted, Factory, SyncFactory};
pub use graph::{Constructor, Graph, Kind, Node};
#[cfg(feature = "tokio")]
pub use health::{HealthCheck, HealthChecks, HealthReport, HealthResult};
pub use intercept::Intercepted;
pub use lazy::Lazy;
pub use lifecycle::{Hook, HookOutcome, Lifecycle, Options, Shutdown};
#[cfg(feature = "tokio")]
pub use lifecycle::{HookFailure, HookFailureCause, Host, HostError, termination_signal};
pub use module::{Module, Overrides};
pub use outcome::{ConstructorError, Outcome};
pub use provider::Provider;
pub use slot::{ArcSlot, CloneSlot, Shared, Slot};
pub use sync::BuiltSync;
pub use tagged::Tagged;

pub use di_macros::{Component, Container, component, intercept, provider};

/// What generated code names. Not for users: it may change in any release.
#[doc(hidden)]
pub mod __private {
    pub use crate::build::{
        BuiltInside, Keep, NotKept, Phase, Start, Started, awaited, build_sync, check_sync_factory, factory, input,
        into_result, lazy, pending, shared, shared_with_hooks, sync_factory,
    };
    pub use crate::container::Wiring;
    pub use crate::graph::{Ordering, check, check_not_refused, check_used, first_async, ordering, used};
    pub use crate::intercept::private::{
        Abilities, Fallback, Probe, borrowing_outputs, forward, forward_sync, outputs, parts, show,
    };
    #[cfg(feature = "tokio")]
    pub use crate::lifecycle::start;
    pub use crate::lifecycle::{Hooks, ModuleHooks, check_no_hooks, hook_result};
    pub use crate::module::{ModuleOf, ModuleOverrides};
    #[cfg(feature = "tokio")]
    pub use crate::select::{select_start, set_select_start};
    pub use crate::shaku::from_shaku;
    #[cfg(feature = "tokio")]
    pub use crate::site::file_name;
    pub use crate::slot::{CloneFor, borrowed, check_shared, cloned, cloned_arc, not_built, taken, there};
    pub use crate::sync::AllSync;
    pub use crate::unwind::{lock, panic_text};
    #[cfg(feature = "tokio")]
    pub use tokio;

    /// For pages that are to look like the container graph's.
    pub mod page {
        pub use crate::page::{STYLE, embedded, filled, html_escaped, json_quoted};
    }
}

/// Generated code that is there only with the feature `tokio`.
#[doc(hidden)]
#[cfg(feature = "tokio")]
#[macro_export]
macro_rules! __if_tokio {
    ($($item:item)*) => { $($item)* };
}

/// Generated code that is there only with the feature `tokio`.
#[doc(hidden)]
#[cfg(not(feature = "tokio"))]
#[macro_export]
macro_rules! __if_tokio {
    ($($item:item)*) => {};
}
