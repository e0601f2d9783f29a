//! The module `Storage` takes an `Arc<Config>` from the outer container, which has none.

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
    #[module]
    storage: Storage,
}

pub fn start() -> Result<App, di_core::BuildError> {
    App::builder().storage(|storage| storage.with_pool(Arc::new(Pool))).build_sync()
}

fn main() {}
