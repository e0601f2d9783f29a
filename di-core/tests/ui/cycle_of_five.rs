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
    pub async fn new(_gamma: Arc<Gamma>) -> Self {
        Beta
    }
}

pub struct Gamma;

#[component]
impl Gamma {
    pub fn new(_delta: Arc<Delta>) -> Self {
        Gamma
    }
}

pub struct Delta;

#[component]
impl Delta {
    pub async fn new(_epsilon: Arc<Epsilon>) -> Self {
        Delta
    }
}

pub struct Epsilon;

#[component]
impl Epsilon {
    pub fn new(_alpha: Arc<Alpha>) -> Self {
        Epsilon
    }
}

#[derive(Container)]
pub struct App {
    #[component]
    alpha: Arc<Alpha>,
    #[component]
    beta: Arc<Beta>,
    #[component]
    gamma: Arc<Gamma>,
    #[component]
    delta: Arc<Delta>,
    #[component]
    epsilon: Arc<Epsilon>,
}

pub async fn start() -> Result<App, di_core::BuildError> {
    println!("{}", App::GRAPH.to_dot());
    App::builder().build().await
}

fn main() {}
