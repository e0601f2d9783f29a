//! The macro does not recognize an alias of an `Arc`.
use std::sync::Arc;

use di_core::{Component, Container};

trait Store: Send + Sync {}

#[derive(Component)]
struct Disk;

impl Store for Disk {}

type Db = Arc<dyn Store>;

#[derive(Container)]
struct App {
    #[component(Disk)]
    db: Db,
    #[component(Disk)]
    port: u16,
}

fn main() {}
