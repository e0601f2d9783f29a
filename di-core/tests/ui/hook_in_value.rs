//! A component with hooks is shared with the host, so the field must be an `Arc`.

use di_core::{Container, component};

pub struct Server;

#[component]
impl Server {
    pub fn new() -> Self {
        Server
    }

    #[stop]
    async fn end(&self) {}
}

#[derive(Container)]
pub struct App {
    #[component]
    server: Server,
}

fn main() {}
