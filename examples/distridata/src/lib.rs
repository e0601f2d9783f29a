//! Replicates files across storage hosts: the example service of `di-core` and `testkit`.
//!
//! An object is split into shards. Each shard is kept by several hosts and is streamed to all of them at once, in
//! chunks, over HTTP. A catalog in SQLite lists the objects. The container [`app::App`] wires the service from the
//! modules [`storage::Storage`] and [`http::Http`]. A storage host has its own container, [`host::StorageHost`].

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
pub mod servers;
pub mod storage;
