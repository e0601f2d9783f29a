//! An input to import from must be a container.
use std::sync::Arc;

use di_core::Container;

#[derive(Container)]
struct App {
    #[input]
    text: Arc<String>,
    #[import(text)]
    name: Arc<str>,
}

fn main() {}
