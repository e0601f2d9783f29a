//! Dependencies are shared; take `&Config`.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Config;

pub struct Server;

#[component]
impl Server {
    pub fn new(_config: &mut Config) -> Self {
        Server
    }
}

#[derive(Container)]
pub struct App {
    #[input]
    config: Arc<Config>,
    #[component]
    server: Arc<Server>,
}

fn main() {}
