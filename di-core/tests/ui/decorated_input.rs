//! An input is supplied by the caller, so it cannot be decorated here.

use std::sync::Arc;

use di_core::{Component, Container, component};

pub trait Greet: Send + Sync {}

#[derive(Component)]
pub struct Hello;

impl Greet for Hello {}

pub struct Loud;

#[component]
impl Loud {
    pub fn new(#[inner] _inner: Arc<dyn Greet>) -> Self {
        Loud
    }
}

impl Greet for Loud {}

#[derive(Container)]
pub struct App {
    #[input]
    #[decorate(Loud)]
    greet: Arc<dyn Greet>,
}

fn main() {}
