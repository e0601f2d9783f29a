//! A hook returns nothing or `Result<(), E>`.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Server;

#[component]
impl Server {
    pub fn new() -> Self {
        Server
    }

    #[start]
    async fn begin(&self) -> bool {
        true
    }
}

#[derive(Container)]
pub struct App {
    #[component]
    server: Arc<Server>,
}

fn main() {}
