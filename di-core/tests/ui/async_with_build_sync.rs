//! `build_sync` cannot await `Server`; call `build`. Only the first async constructor is named.
//! Overriding does not help, because types are checked. Without a call of `build_sync` there is no error.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Server;

#[component]
impl Server {
    pub async fn new() -> Self {
        Server
    }
}

pub struct Client;

#[component]
impl Client {
    pub async fn new(_server: &Server) -> Self {
        Client
    }
}

#[derive(Container)]
pub struct App {
    #[component]
    server: Arc<Server>,
    #[component]
    client: Arc<Client>,
}

pub fn start() -> Result<App, di_core::BuildError> {
    App::builder().build_sync()
}

fn main() {}
