//! Serving axum routers on any [`Network`](crate::ambient::Network).
//!
//! A [`Server`] serves each connection in a task of the [`Spawner`](crate::ambient::Spawner), and ends when
//! [`Shutdown`](crate::Shutdown) is requested:
//!
//! ```
//! use std::io;
//! use std::sync::Arc;
//! use axum::{Router, routing::get};
//! use di_core::ambient::{Ambient, Clock, Network, Spawner};
//! use di_core::axum::Server;
//! use di_core::{component, Container, Shutdown};
//!
//! pub struct Api {
//!     network: Arc<dyn Network>,
//!     server: Arc<Server>,
//! }
//!
//! #[component]
//! impl Api {
//!     pub fn new(network: Arc<dyn Network>, server: Arc<Server>) -> Self {
//!         Api { network, server }
//!     }
//!
//!     #[run]
//!     async fn serve(&self, shutdown: Shutdown) -> io::Result<()> {
//!         let listener = self.network.bind("127.0.0.1:0").await?;
//!         let router: Router = Router::new().route("/", get(async || "hello"));
//!         self.server.serve(listener, router, shutdown).await;
//!         Ok(())
//!     }
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
//!     server: Arc<Server>,
//!     #[component]
//!     api: Arc<Api>,
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let app = App::builder().start().await?;
//! app.stop().await?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `axum::serve` also accepts a network's listener, but always handles connections in tokio tasks:
//!
//! ```
//! use axum::{Router, routing::get};
//! use di_core::ambient::Ambient;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let network = Ambient::tokio().network;
//! let router: Router = Router::new().route("/", get(async || "hello"));
//! let serving = axum::serve(network.bind("127.0.0.1:0").await?, router);
//! # drop(serving);
//! # Ok::<(), std::io::Error>(())
//! # })?;
//! # Ok::<(), std::io::Error>(())
//! ```

mod accept;
mod inject;
mod server;

pub use inject::{ContainerState, Inject};
pub use server::Server;
