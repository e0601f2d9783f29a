//! Put `#[provider]` on the function. The message is the compiler's own: no macro sees the function.

use std::sync::Arc;

use di_core::Container;

fn name() -> Arc<str> {
    "name".into()
}

#[derive(Container)]
pub struct App {
    #[provide(name)]
    name: Arc<str>,
}

fn main() {}
