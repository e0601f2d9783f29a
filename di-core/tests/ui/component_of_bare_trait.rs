//! `Arc<dyn Clock>` does not determine a component; name one.

use std::sync::Arc;

use di_core::{Container};

pub trait Clock: Send + Sync {}

#[derive(Container)]
pub struct App {
    #[component]
    clock: Arc<dyn Clock>,
}

pub fn start() -> Result<App, di_core::BuildError> {
    App::builder().build_sync()
}

fn main() {}
