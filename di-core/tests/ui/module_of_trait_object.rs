//! A module is a container, not a trait object; a wrong type in an `Arc` is not one either.
use std::sync::Arc;

use di_core::Container;

trait Storage: Send + Sync {}

struct Plain;

#[derive(Container)]
struct App {
    #[module]
    storage: Arc<dyn Storage>,
    #[module]
    plain: Arc<Plain>,
}

fn main() {}
