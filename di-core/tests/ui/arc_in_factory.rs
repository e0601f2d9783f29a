//! A factory creates a component with a constructor that returns an `Arc` of it.

use di_core::{Container, Factory, component};

pub struct Cyclic;

#[component]
impl Cyclic {
    pub fn new() -> std::sync::Arc<Self> {
        std::sync::Arc::new(Cyclic)
    }
}

#[derive(Container)]
pub struct App {
    #[factory(Cyclic)]
    factory: Factory<(), Cyclic>,
}

fn main() {}
