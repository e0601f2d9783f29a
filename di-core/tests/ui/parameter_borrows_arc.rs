//! `&Arc<dyn Clock>` is one indirection too many; the message shows both alternatives.

use std::sync::Arc;

use di_core::{component};

pub trait Clock: Send + Sync {}

pub struct Server;

#[component]
impl Server {
    pub fn new(_clock: &Arc<dyn Clock>) -> Self {
        Server
    }
}

pub struct Config;

pub struct Client;

#[component]
impl Client {
    pub fn new(_config: &'static Config) -> Self {
        Client
    }
}

fn main() {}
