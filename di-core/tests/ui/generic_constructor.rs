//! `T` cannot be inferred; the parameter belongs to the `impl` block.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Server;

#[component]
impl Server {
    pub fn new<T: Default>() -> Self {
        let _ = T::default();
        Server
    }
}

pub struct Client;

#[component]
impl Client {
    pub fn new(_name: impl Into<String>) -> Self {
        Client
    }
}

#[derive(Container)]
pub struct App {
    #[component]
    server: Arc<Server>,
    #[component]
    client: Arc<Client>,
}

fn main() {}
