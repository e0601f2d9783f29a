//! The decorator needs the field that it decorates; `#[inner]` would inject the decorated component.

use std::sync::Arc;

use di_core::{Component, Container, component};

pub trait Greet: Send + Sync {}

#[derive(Component)]
pub struct Hello;

impl Greet for Hello {}

pub struct Loud;

#[component]
impl Loud {
    pub fn new(#[inner] _inner: Arc<dyn Greet>, _greet: Arc<dyn Greet>) -> Self {
        Loud
    }
}

impl Greet for Loud {}

#[derive(Container)]
pub struct App {
    #[component(Hello)]
    #[decorate(Loud)]
    greet: Arc<dyn Greet>,
}

fn main() {}
