//! The trait of a shared component needs `Send + Sync`: `pub trait Clock: Send + Sync`. The component
//! that takes it causes no second error.

use std::sync::Arc;

use di_core::{Container, component};

pub trait Clock {}

pub struct Server;

#[component]
impl Server {
    pub fn new(_clock: Arc<dyn Clock>) -> Self {
        Server
    }
}

#[derive(Container)]
pub struct App {
    #[input]
    clock: Arc<dyn Clock>,
    #[component]
    server: Arc<Server>,
}

fn main() {}
