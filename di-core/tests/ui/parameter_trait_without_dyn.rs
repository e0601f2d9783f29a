//! Write `Arc<dyn Clock>` in the constructor; the compiler itself suggests it.

use std::sync::Arc;

use di_core::{Container, component};

pub trait Clock: Send + Sync {}

pub struct Server;

#[component]
impl Server {
    pub fn new(_clock: Arc<Clock>) -> Self {
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
