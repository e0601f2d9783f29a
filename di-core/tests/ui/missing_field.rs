//! `App` has no `Arc<dyn Clock>`, which the parameter `clock` of `SqlStore` needs; the note shows what to add.
//! Using the container elsewhere, or needing the store, adds no second error.

use std::sync::Arc;

use di_core::{Container, component};

pub trait Clock: Send + Sync {}
pub trait Store: Send + Sync {}

pub struct SqlStore;

#[component]
impl SqlStore {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let _ = clock;
        SqlStore
    }
}

impl Store for SqlStore {}

pub struct Orders;

#[component]
impl Orders {
    pub async fn new(_store: Arc<dyn Store>) -> Self {
        Orders
    }
}

#[derive(Container)]
pub struct App {
    #[component(SqlStore)]
    store: Arc<dyn Store>,
    #[component]
    orders: Arc<Orders>,
}

pub async fn start() -> Result<Arc<Orders>, di_core::BuildError> {
    let app = App::builder().build().await?;
    println!("{}", App::GRAPH.to_mermaid());
    let _ = (app.store, app.orders);
    App::slice().with_store(Arc::new(SqlStore)).get().await
}

fn main() {}
