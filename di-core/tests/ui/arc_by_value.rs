//! A component with a constructor that returns an `Arc` of it is in a field that holds it by value.

use di_core::{Container, component};

pub struct Cyclic;

#[component]
impl Cyclic {
    pub fn new() -> std::sync::Arc<Self> {
        std::sync::Arc::new(Cyclic)
    }
}

#[derive(Container)]
pub struct App {
    #[component]
    cyclic: Cyclic,
}

fn main() {}
