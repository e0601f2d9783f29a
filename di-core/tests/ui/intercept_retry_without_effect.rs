//! `Pieces` is not `Clone`, so no call can be repeated.

use std::sync::Arc;

use async_trait::async_trait;
use di_core::ambient::{Clock, Entropy};
use di_core::intercept::{Backoff, Retry};
use di_core::{Component, Container, Intercepted};

pub struct Pieces;

#[di_core::intercept]
#[async_trait]
pub trait Store: Send + Sync {
    async fn upload(&self, pieces: Pieces) -> Result<(), String>;
    async fn ping(&self);
}

#[derive(Component)]
pub struct Disk;

#[async_trait]
impl Store for Disk {
    async fn upload(&self, _pieces: Pieces) -> Result<(), String> {
        Ok(())
    }

    async fn ping(&self) {}
}

#[derive(Container)]
pub struct App {
    #[input]
    clock: Arc<dyn Clock>,
    #[input]
    entropy: Arc<dyn Entropy>,
    #[component(Disk)]
    #[decorate(Intercepted<dyn Store, Retry<Backoff>>)]
    store: Arc<dyn Store>,
}

fn main() {}
