//! A timeout needs a unit, and a hook accepts no other option.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Server;

#[component]
impl Server {
    pub fn new() -> Self {
        Server
    }

    #[stop(timeout = "5")]
    async fn end(&self) {}

    #[start(after = "5s")]
    async fn begin(&self) {}
}

#[derive(Container)]
pub struct App {
    #[component]
    server: Arc<Server>,
}

fn main() {}
