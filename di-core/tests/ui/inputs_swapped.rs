//! Two inputs that differ only by a tag cannot be swapped.
use std::sync::Arc;

use di_core::{Container, Tagged};

struct DbConfig;

enum Replica {}

#[derive(Container)]
struct App {
    #[input]
    primary: Arc<DbConfig>,
    #[input]
    replica: Tagged<Replica, std::sync::Arc<DbConfig>>,
}

fn main() {
    let (primary, replica) = (Arc::new(DbConfig), Arc::new(DbConfig));
    _ = App::builder(replica, primary);
}
