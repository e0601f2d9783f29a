//! `primary` and `replica` have the same type, so a parameter is ambiguous.

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

impl Store for SqlStore {}

#[derive(Container)]
pub struct App {
    #[component(SqlStore)]
    primary: Arc<dyn Store>,
    #[component(SqlStore)]
    replica: Arc<dyn Store>,
}

pub fn start() -> Result<App, di_core::BuildError> {
    App::builder().with_primary(Arc::new(SqlStore)).with_replica(Arc::new(SqlStore)).build_sync()
}

fn main() {}
