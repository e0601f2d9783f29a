//! The `E` of the constructor's `Result` must be an error type.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Failure;

pub struct Server;

#[component]
impl Server {
    pub fn new() -> Result<Self, Failure> {
        Ok(Server)
    }
}

#[derive(Container)]
pub struct App {
    #[component]
    server: Arc<Server>,
}

fn main() {}
