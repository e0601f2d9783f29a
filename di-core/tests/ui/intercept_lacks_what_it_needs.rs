//! A dependency of an interceptor is missing in the container.

use std::sync::Arc;

use di_core::ambient::Clock;
use di_core::intercept::Metered;
use di_core::{Component, Container, Intercepted};

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
    #[input]
    clock: Arc<dyn Clock>,
    #[component(Disk)]
    #[decorate(Intercepted<dyn Store, Metered>)]
    store: Arc<dyn Store>,
}

fn main() {}
