//! In five seconds: nothing says how `server` is made; the ways to say it stand in the message.

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
    server: Arc<Server>,
}

fn main() {}
