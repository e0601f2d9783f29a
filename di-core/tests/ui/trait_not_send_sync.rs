//! In five seconds: the trait of a shared component needs `Send + Sync`: `pub trait Clock: Send + Sync`. The compiler always
//! reports the two apart.

use std::sync::Arc;

use di_core::Container;

pub trait Clock {}

#[derive(Container)]
pub struct App {
    #[input]
    clock: Arc<dyn Clock>,
}

fn main() {}
