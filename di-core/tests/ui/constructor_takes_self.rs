//! A constructor cannot take `self`, because the component does not exist yet.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Server;

#[component]
impl Server {
    pub fn new(&self) -> Self {
        Server
    }
}

#[derive(Container)]
pub struct App {
    #[component]
    server: Arc<Server>,
}

fn main() {}
