//! In five seconds: `server` is made in two ways; leave one out.

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
