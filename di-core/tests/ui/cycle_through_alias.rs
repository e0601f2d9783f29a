//! The cycle goes through the alias, which is part of the path in the message.

use std::sync::Arc;

use di_core::{Container, component};

pub trait Clock: Send + Sync {}
pub trait Store: Send + Sync {}

pub struct SqlStore;

#[component]
impl SqlStore {
    pub fn new(_store: Arc<dyn Store>) -> Self {
        SqlStore
    }
}

impl Store for SqlStore {}

#[derive(Container)]
pub struct App {
    #[component]
    sql: Arc<SqlStore>,
    #[alias(sql)]
    store: Arc<dyn Store>,
}

fn main() {}
