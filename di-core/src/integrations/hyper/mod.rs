//! hyper's clients on any [`Network`](crate::ambient::Network).
//!
//! A client consists of three components: a [`Connector`] that uses the network, an [`Executor`] that uses the
//! [`Spawner`](crate::ambient::Spawner), and a [`Timer`] that uses the [`Clock`](crate::ambient::Clock). In a
//! simulation, hyper's tasks and timers therefore belong to the simulation.
//!
//! ```
//! use std::sync::Arc;
//! use axum::body::Body;
//! use di_core::ambient::{Ambient, Clock, Network, Spawner};
//! use di_core::hyper::{Connector, Executor, Timer};
//! use di_core::{provider, Container};
//! use hyper_util::client::legacy::Client;
//!
//! pub type HttpClient = Client<Connector, Body>;
//!
//! #[provider]
//! fn http_client(connector: Connector, executor: Executor, timer: Timer) -> HttpClient {
//!     Client::builder(executor).pool_timer(timer).build(connector)
//! }
//!
//! #[derive(Container)]
//! pub struct App {
//!     #[module]
//!     ambient: Ambient,
//!     #[import(ambient)]
//!     clock: Arc<dyn Clock>,
//!     #[import(ambient)]
//!     spawner: Arc<dyn Spawner>,
//!     #[import(ambient)]
//!     network: Arc<dyn Network>,
//!     #[component]
//!     connector: Connector,
//!     #[component]
//!     executor: Executor,
//!     #[component]
//!     timer: Timer,
//!     #[provide(http_client)]
//!     client: HttpClient,
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let app = App::builder().build_sync()?;
//! let error = app.client.get("https://host-1:7001/".parse()?).await.unwrap_err();
//! assert!(std::error::Error::source(&error).unwrap().to_string().contains("does not support TLS"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! hyper's servers take the same executor and timer. `di_core::axum::Server` serves axum routers, with the feature
//! `axum`.

mod connect_error;
mod connector;
mod executor;
mod timer;

pub use connect_error::ConnectError;
pub use connector::Connector;
pub use executor::Executor;
pub use timer::Timer;
