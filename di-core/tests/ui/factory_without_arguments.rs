//! A factory without arguments needs a component without `#[assisted]` parameters, and its dependencies.
use std::sync::Arc;

use di_core::{Component, Container, SyncFactory, component};

trait Clock: Send + Sync {}

#[derive(Component)]
struct Session {
    _clock: Arc<dyn Clock>,
}

struct Upload;

#[component]
impl Upload {
    fn new(#[assisted] _size: u64) -> Self {
        Upload
    }
}

struct Unknown;

#[derive(Container)]
struct App {
    #[factory(Session)]
    sessions: SyncFactory<(), Session>,
    #[factory(Upload)]
    uploads: SyncFactory<(), Upload>,
    #[factory(Unknown)]
    unknown: SyncFactory<(), Unknown>,
}

fn main() {}
