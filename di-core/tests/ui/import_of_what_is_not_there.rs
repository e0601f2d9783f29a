//! The module `Storage` has no `Arc<String>` to import.

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
    storage: Storage,
    #[import(storage)]
    pool: Arc<Pool>,
    #[import(storage)]
    name: Arc<String>,
}

fn main() {}
