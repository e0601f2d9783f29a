//! `Log` is a component, but not an interceptor.

use std::sync::Arc;

use di_core::{Component, Container, Intercepted};

#[derive(Component)]
pub struct Log;

#[di_core::intercept]
pub trait Store: Send + Sync {
    fn len(&self) -> usize;
}

#[derive(Component)]
pub struct Disk;

impl Store for Disk {
    fn len(&self) -> usize {
        0
    }
}

#[derive(Container)]
pub struct App {
    #[component(Disk)]
    #[decorate(Intercepted<dyn Store, Log>)]
    store: Arc<dyn Store>,
}

fn main() {}
