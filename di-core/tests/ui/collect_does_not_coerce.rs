//! `disk` does not implement `Check`, so it cannot be collected as a `dyn Check`.

use std::sync::Arc;

use di_core::{Component, Container};

pub trait Check: Send + Sync {}

#[derive(Component)]
pub struct Disk;

#[derive(Container)]
pub struct App {
    #[component]
    disk: Arc<Disk>,
    #[collect(disk)]
    checks: Vec<Arc<dyn Check>>,
}

fn main() {}
