//! The constructor holds an `Rc` across an await, so its future cannot move between threads.

use std::sync::Arc;

use di_core::{Container, component};
use std::rc::Rc;

pub struct Server;

#[component]
impl Server {
    pub async fn new() -> Self {
        let counter = Rc::new(1);
        std::future::ready(()).await;
        drop(counter);
        Server
    }
}

#[derive(Container)]
pub struct App {
    #[component]
    server: Arc<Server>,
}

fn main() {}
