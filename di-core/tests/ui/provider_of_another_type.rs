//! The provider returns an `Arc<String>`, but the field is an `Arc<str>`.

use std::sync::Arc;

use di_core::{Container, provider};

#[provider]
fn name() -> Arc<String> {
    Arc::new("name".into())
}

#[derive(Container)]
pub struct App {
    #[provide(name)]
    name: Arc<str>,
}

fn main() {}
