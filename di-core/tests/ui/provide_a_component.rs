//! `Server` is a component, so `#[component(Server)]`.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Server;

#[component]
impl Server {
    pub fn new() -> Self {
        Server
    }
}

#[derive(Container)]
pub struct App {
    #[provide(Server)]
    server: Arc<Server>,
}

fn main() {}
