//! A field of a field must exist and have the type of the container's field.
use std::sync::Arc;

use di_core::Container;

#[derive(Clone)]
struct Db;

struct Config {
    db: Db,
    port: u16,
}

#[derive(Container)]
struct App {
    #[input]
    config: Arc<Config>,
    #[provide(config.bd)]
    misspelled: Db,
    #[provide(config.port)]
    wrong_type: u32,
    #[provide(config.db)]
    right: Arc<Db>,
}

#[derive(Container)]
struct Unknown {
    #[input]
    config: Arc<Config>,
    #[provide(confg.db)]
    db: Db,
}

#[derive(Container)]
struct NotAPath {
    #[input]
    config: Arc<Config>,
    #[provide(config.db.clone())]
    db: Db,
}

fn main() {}
