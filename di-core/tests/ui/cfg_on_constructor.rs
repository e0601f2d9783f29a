//! Move `#[cfg]` from the constructor to its `impl` block.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Server;

#[component]
impl Server {
    #[cfg(unix)]
    pub fn new() -> Self {
        Server
    }
}

#[derive(Container)]
pub struct App {
    #[component]
    server: Arc<Server>,
}

fn main() {}
