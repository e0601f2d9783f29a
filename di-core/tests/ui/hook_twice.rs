//! A component has one `#[start]` hook.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Server;

#[component]
impl Server {
    pub fn new() -> Self {
        Server
    }

    #[start]
    fn begin(&self) {}

    #[start]
    fn begin_again(&self) {}
}

#[derive(Container)]
pub struct App {
    #[component]
    server: Arc<Server>,
}

fn main() {}
