//! Two parameters of one type cannot be distinguished by names.

use std::sync::Arc;

use di_core::{Container, Tagged, component};

pub trait Store: Send + Sync {}
pub enum Source {}
pub enum Target {}

pub struct Copier;

#[component]
impl Copier {
    pub fn new(_source: Arc<dyn Store>, _target: Arc<dyn Store>) -> Self {
        Copier
    }
}

#[derive(Container)]
pub struct Both {
    #[input]
    source: Tagged<Source, Arc<dyn Store>>,
    #[input]
    target: Tagged<Target, Arc<dyn Store>>,
    #[component(Copier, source = source, target = target)]
    copier: Arc<Copier>,
}

#[derive(Container)]
pub struct One {
    #[input]
    source: Tagged<Source, Arc<dyn Store>>,
    #[component(Copier, source = source)]
    copier: Arc<Copier>,
}

fn main() {}
