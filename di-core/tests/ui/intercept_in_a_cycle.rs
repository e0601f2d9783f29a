//! The dependencies of an interceptor are part of the cycle.

use std::sync::Arc;

use di_core::intercept::Interceptor;
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

#[derive(Component)]
pub struct Journal {
    store: Arc<dyn Store>,
}

#[derive(Component)]
pub struct Journaled {
    journal: Arc<Journal>,
}

impl Interceptor for Journaled {}

#[derive(Container)]
pub struct App {
    #[component(Disk)]
    #[decorate(Intercepted<dyn Store, Journaled>)]
    store: Arc<dyn Store>,
    #[component]
    journal: Arc<Journal>,
}

fn main() {}
