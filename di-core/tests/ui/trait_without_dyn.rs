//! Write `Arc<dyn Clock>`, as the compiler itself suggests, wherever the trait is named as a type.

use std::sync::Arc;

use di_core::Container;

pub trait Clock: Send + Sync {}

#[derive(Container)]
pub struct App {
    #[input]
    clock: Arc<Clock>,
}

fn main() {}
