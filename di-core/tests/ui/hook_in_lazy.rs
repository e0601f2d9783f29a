//! A lazy component cannot have hooks, because it may not exist when the container starts and stops.

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
