//! Only an `Option` can be absent.

use std::sync::Arc;

use di_core::{Container};

pub trait Metrics: Send + Sync {}

#[derive(Container)]
pub struct App {
    #[absent]
    metrics: Arc<dyn Metrics>,
}

fn main() {}
