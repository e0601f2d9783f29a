//! The component depends on itself; the message shows the path of the cycle.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Alpha;

#[component]
impl Alpha {
    pub fn new(_alpha: Arc<Alpha>) -> Self {
        Alpha
    }
}

#[derive(Container)]
pub struct App {
    #[component]
    alpha: Arc<Alpha>,
}

pub async fn start() -> Result<App, di_core::BuildError> {
    println!("{}", App::GRAPH.to_dot());
    App::builder().build().await
}

fn main() {}
