//! `#[cfg]` is not supported on a parameter; write the `impl` block twice, each under its own `#[cfg]`.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Config;

pub struct Server;

#[component]
impl Server {
    pub fn new(#[cfg(unix)] _config: Arc<Config>) -> Self {
        Server
    }
}

#[derive(Container)]
pub struct App {
    #[component]
    server: Arc<Server>,
}

fn main() {}
