//! `pool` is a component; only a module, or an input that is a container, has fields to import.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Pool;

#[component]
impl Pool {
    pub fn new() -> Self {
        Pool
    }
}

#[derive(Container)]
pub struct App {
    #[component]
    pool: Arc<Pool>,
    #[import(pool)]
    name: Arc<String>,
}

fn main() {}
