//! In five seconds: a constructor is a decorator's or a factory's, not both. That others use it is no second error.

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
