//! `Hello` takes no `#[inner]` parameter, so it cannot decorate.

use std::sync::Arc;

use di_core::{Component, Container};

pub trait Greet: Send + Sync {}

#[derive(Component)]
pub struct Hello;

impl Greet for Hello {}

#[derive(Container)]
pub struct App {
    #[component(Hello)]
    #[decorate(Hello)]
    greet: Arc<dyn Greet>,
}

fn main() {}
