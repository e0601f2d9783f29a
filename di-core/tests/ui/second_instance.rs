//! A tagged second instance would silently take the dependencies of the first one.

use std::sync::Arc;

use di_core::{Container, Tagged, component};

pub struct Config;
pub enum Replica {}

pub struct Pool;

#[component]
impl Pool {
    pub fn new(_config: &Config) -> Self {
        Pool
    }
}

#[derive(Container)]
pub struct App {
    #[input]
    config: Arc<Config>,
    #[input]
    replica_config: Tagged<Replica, Arc<Config>>,
    #[component]
    pool: Arc<Pool>,
    #[component(Pool)]
    replica: Tagged<Replica, Arc<Pool>>,
}

fn main() {}
