//! Replicates files over storage hosts: the example service of `di-core` and `testkit`.
//!
//! An object is cut into shards, each of which some hosts keep, and streamed to all of them at once, in chunks, over
//! HTTP. A catalogue in SQLite knows which objects there are. [`app::App`] is the container that wires it.

pub mod app;
pub mod catalogue;
pub mod chunker;
pub mod cli;
pub mod commands;
pub mod config;
pub mod coordinator;
pub mod digest;
pub mod host_client;
pub mod hosts;
pub mod object;
pub mod reader;
pub mod replicator;
pub mod server;
pub mod serving;
pub mod storage;
