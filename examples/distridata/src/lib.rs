//! Replicates files over storage hosts: the example service of `di-core` and `testkit`.
//!
//! An object is cut into shards, each of which some hosts keep, and streamed to all of them at once, in chunks, over
//! HTTP. A catalogue in SQLite knows which objects there are. [`app::App`] is the container that wires it, of the modules
//! [`storage::Storage`] and [`http::Http`]; a storage host is a container of its own, [`host::StorageHost`].

pub mod app;
pub mod cli;
pub mod commands;
pub mod config;
pub mod digest;
pub mod host;
pub mod http;
pub mod http_client;
mod interrupt;
pub mod object;
pub mod serving;
pub mod storage;
