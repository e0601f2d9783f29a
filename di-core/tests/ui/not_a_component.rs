//! `Plain` lacks `#[component]` on an `impl` block, or `#[derive(Component)]`.

use std::sync::Arc;

use di_core::Container;

pub struct Plain;

#[derive(Container)]
pub struct App {
    #[component]
    plain: Arc<Plain>,
}

pub fn start() -> Result<App, di_core::BuildError> {
    App::builder().build_sync()
}

fn main() {}
