//! The field is an `Arc<dyn Store>`, but `SqlStore` does not implement `Store`.

use std::sync::Arc;

use di_core::{Container, component};

pub trait Clock: Send + Sync {}
pub trait Store: Send + Sync {}

pub struct SqlStore;

#[component]
impl SqlStore {
    pub fn new() -> Self {
        SqlStore
    }
}

#[derive(Container)]
pub struct App {
    #[component(SqlStore)]
    store: Arc<dyn Store>,
}

pub fn start() -> Result<App, di_core::BuildError> {
    App::builder().build_sync()
}

fn main() {}
