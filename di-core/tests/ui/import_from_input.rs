//! An input to import from must be a container.
use std::sync::Arc;

use di_core::Container;

struct Plain;

#[derive(Container)]
struct App {
    #[input]
    plain: Arc<Plain>,
    #[import(plain)]
    name: Arc<str>,
}

fn main() {}
