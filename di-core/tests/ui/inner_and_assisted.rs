//! A constructor is for a decorator or for a factory, not for both. Uses of the component cause no second error.

use std::sync::Arc;

use di_core::{Component, Container, component};

pub trait Greet: Send + Sync {}

#[derive(Component)]
pub struct Hello;

impl Greet for Hello {}

pub struct Loud;

#[component]
impl Loud {
    pub fn new(#[inner] _inner: Arc<dyn Greet>, #[assisted] _volume: u8) -> Self {
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
