//! Another crate cannot override or import private fields.
use std::sync::Arc;

use another_crate::{Cache, Config, Nested, Storage};
use di_core::{Container, Tagged};

enum Mine {}

#[derive(Container)]
struct App {
    #[input]
    config: Arc<Config>,
    #[module]
    storage: Storage,
    #[import(storage)]
    cache: Arc<Cache>,
    #[import(storage)]
    tagged: Tagged<Mine, Arc<Cache>>,
}

fn main() {
    _ = Storage::builder(Config(1)).with_cache(Arc::new(Cache));
    _ = App::builder(Config(1)).storage(|storage| storage.nested(|nested| nested));
    _ = Storage::slice().with_nested(Nested::builder().build_sync().unwrap());
}
