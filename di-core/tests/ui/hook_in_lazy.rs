//! In five seconds: a lazy component may not exist when the container starts and stops, so it has no hooks.

use di_core::{Container, Lazy, component};

pub struct Server;

#[component]
impl Server {
    pub fn new() -> Self {
        Server
    }

    #[stop]
    async fn end(&self) {}
}

#[derive(Container)]
pub struct App {
    #[lazy(Server)]
    server: Lazy<Server>,
}

fn main() {}
