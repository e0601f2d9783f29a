//! A constructor returns its type or a `Result` of it, not an `Option`.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Server;

#[component]
impl Server {
    pub fn new() -> Option<Self> {
        Some(Server)
    }
}

pub struct Client;

#[component]
impl Client {
    pub async fn new() -> Option<Self> {
        Some(Client)
    }
}

#[derive(Container)]
pub struct App {
    #[component]
    server: Arc<Server>,
    #[component]
    client: Arc<Client>,
}

fn main() {}
