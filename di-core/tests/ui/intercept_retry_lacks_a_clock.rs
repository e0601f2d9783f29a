//! A retry needs a clock, which is missing in the container.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use di_core::intercept::{Retry, RetryPolicy};
use di_core::{Component, Container, Intercepted};

#[di_core::intercept]
#[async_trait]
pub trait Store: Send + Sync {
    async fn ping(&self) -> Result<(), String>;
}

#[derive(Component)]
pub struct Disk;

#[async_trait]
impl Store for Disk {
    async fn ping(&self) -> Result<(), String> {
        Ok(())
    }
}

#[derive(Component)]
pub struct Patient;

impl RetryPolicy for Patient {
    fn attempts(&self) -> u32 {
        3
    }

    fn pause(&self, _attempt: u32) -> Duration {
        Duration::ZERO
    }
}

#[derive(Container)]
pub struct App {
    #[component(Disk)]
    #[decorate(Intercepted<dyn Store, Retry<Patient>>)]
    store: Arc<dyn Store>,
}

fn main() {}
