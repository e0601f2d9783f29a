//! `Loud` takes an `#[inner]` parameter, so it is a decorator and cannot be used as a plain component.

use std::sync::Arc;

use di_core::{Container, component};

pub trait Greet: Send + Sync {}

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
    #[component(Loud)]
    greet: Arc<dyn Greet>,
}

fn main() {}
