//! `catlog` is misspelled; it should be `catalog`.

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

impl Store for Catalog {}

#[derive(Container)]
pub struct App {
    #[component]
    catalog: Arc<Catalog>,
    #[alias(catlog)]
    store: Arc<dyn Store>,
}

pub fn start() -> Result<App, di_core::BuildError> {
    App::builder().build_sync()
}

fn main() {}
