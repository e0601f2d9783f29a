//! The parameter is a `Config`, but the field is an `Arc<Config>`; write `&Config` or `Arc<Config>`.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Config;

pub struct Server;

#[component]
impl Server {
    pub fn new(config: Config) -> Self {
        let _ = config;
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
