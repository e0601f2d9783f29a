//! Two functions are marked `#[constructor]`; a component has one.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Server;

#[component]
impl Server {
    #[constructor]
    pub fn open() -> Self {
        Server
    }

    #[constructor]
    pub fn connect() -> Self {
        Server
    }
}

#[derive(Container)]
pub struct App {
    #[component]
    server: Arc<Server>,
}

fn main() {}
