//! `catalog` does not implement `Store`, so `store` cannot be another view of it.

use std::sync::Arc;

use di_core::{Container, component};

pub trait Clock: Send + Sync {}
pub trait Store: Send + Sync {}

pub struct Catalog;

#[component]
impl Catalog {
    pub fn new() -> Self {
        Catalog
    }
}

#[derive(Container)]
pub struct App {
    #[component]
    catalog: Arc<Catalog>,
    #[alias(catalog)]
    store: Arc<dyn Store>,
}

fn main() {}
