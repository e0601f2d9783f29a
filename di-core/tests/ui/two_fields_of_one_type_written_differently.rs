//! Both fields have the same type, written differently; the compiler finds the duplicate, which the macro cannot see.

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
    replica: std::sync::Arc<dyn self::Store>,
}

fn main() {}
