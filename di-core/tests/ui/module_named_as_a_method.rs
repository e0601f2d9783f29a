//! The builder has a method for each module, and already has a method `build`.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Config;

pub struct Pool;

#[component]
impl Pool {
    pub fn new(_config: &Config) -> Self {
        Pool
    }
}

#[derive(Container)]
pub struct Storage {
    #[input]
    config: Arc<Config>,
    #[component]
    pool: Arc<Pool>,
}

#[derive(Container)]
pub struct App {
    #[input]
    config: Arc<Config>,
    #[module]
    build: Storage,
}

fn main() {}
