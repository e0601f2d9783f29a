//! The `impl` block has no `new`, and nothing marked `#[constructor]`. `App`, which needs it, causes no second error.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Server;

#[component]
impl Server {
    pub fn open() -> Self {
        Server
    }
}

#[derive(Container)]
pub struct App {
    #[component]
    server: Arc<Server>,
}

fn main() {}
