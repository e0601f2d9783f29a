//! The hooks of an input would not be called when the container is started.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Server;

#[component]
impl Server {
    pub fn new() -> Self {
        Server
    }

    #[stop]
    async fn close(&self) {}
}

#[derive(Container)]
pub struct App {
    #[input]
    server: Arc<Server>,
}

#[derive(Container)]
pub struct Hosted {
    #[input(no_hooks)]
    server: Arc<Server>,
}

fn main() {
    // Building is fine: a container that is not started calls no hooks.
    let _ = App::builder(Server).build_sync();
    drop(Hosted::builder(Server).start());
    drop(App::builder(Server).start());
}
