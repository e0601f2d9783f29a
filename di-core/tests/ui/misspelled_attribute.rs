//! `componnet` is misspelled; the compiler reports it, and the derive adds no error.

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
    #[componnet(Server)]
    server: Arc<Server>,
}

pub fn start() -> Result<App, di_core::BuildError> {
    App::builder().build_sync()
}

fn main() {}
