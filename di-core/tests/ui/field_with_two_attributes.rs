//! `server` is constructed in two ways; remove one.

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
    #[input]
    #[component]
    server: Arc<Server>,
}

fn main() {}
