//! `server` has no attribute; the message lists the possible ones.

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
