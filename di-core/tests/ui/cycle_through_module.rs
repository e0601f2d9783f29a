//! The module needs the configuration, which needs the import from the module.

use std::sync::Arc;

use di_core::{Container, component};

pub trait Config: Send + Sync {}

pub struct Pool;

#[component]
impl Pool {
    pub fn new(_config: &dyn Config) -> Self {
        Pool
    }
}

#[derive(Container)]
pub struct Storage {
    #[input]
    config: Arc<dyn Config>,
    #[component]
    pool: Arc<Pool>,
}

pub struct StoredConfig;

#[component]
impl StoredConfig {
    pub fn new(_pool: &Pool) -> Self {
        StoredConfig
    }
}

impl Config for StoredConfig {}

#[derive(Container)]
pub struct App {
    #[component(StoredConfig)]
    config: Arc<dyn Config>,
    #[module]
    storage: Storage,
    #[import(storage)]
    pool: Arc<Pool>,
}

fn main() {}
