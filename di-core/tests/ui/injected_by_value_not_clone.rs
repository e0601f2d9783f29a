//! A dependency injected by value is cloned, and `Pool` is not `Clone`.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Pool;

pub struct Server;

#[component]
impl Server {
    pub fn new(_pool: Pool) -> Self {
        Server
    }
}

#[derive(Container)]
pub struct App {
    #[input]
    pool: Pool,
    #[component]
    server: Arc<Server>,
}

fn main() {}
