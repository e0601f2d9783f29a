//! A hook takes only `&self`; a `#[run]` hook may also take a `Shutdown`. Dependencies belong to the constructor.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Server;

#[component]
impl Server {
    pub fn new() -> Self {
        Server
    }

    #[start]
    async fn begin(&self, _port: u16) {}
}

#[derive(Container)]
pub struct App {
    #[component]
    server: Arc<Server>,
}

fn main() {}
