//! The components depend on each other; the message shows the path of the cycle, from its first field.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Alpha;

#[component]
impl Alpha {
    pub fn new(_beta: Arc<Beta>) -> Self {
        Alpha
    }
}

pub struct Beta;

#[component]
impl Beta {
    pub async fn new(_alpha: Arc<Alpha>) -> Self {
        Beta
    }
}

#[derive(Container)]
pub struct App {
    #[component]
    alpha: Arc<Alpha>,
    #[component]
    beta: Arc<Beta>,
}

pub async fn start() -> Result<App, di_core::BuildError> {
    println!("{}", App::GRAPH.to_dot());
    App::builder().build().await
}

fn main() {}
