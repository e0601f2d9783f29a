//! Named parameters that do not exist, or that have another type than their field.

use std::sync::Arc;

use di_core::{Container, Tagged, component};

pub struct Config;
pub enum Replica {}

pub struct Pool;

#[component]
impl Pool {
    pub fn new(_config: &Config, _name: &str) -> Self {
        Pool
    }
}

#[derive(Container)]
pub struct UnknownParameter {
    #[input]
    config: Arc<Config>,
    #[input]
    name: Arc<str>,
    #[input]
    other: Tagged<Replica, Arc<Config>>,
    #[component(Pool, settings = other)]
    pool: Arc<Pool>,
}

#[derive(Container)]
pub struct OtherType {
    #[input]
    config: Arc<Config>,
    #[input]
    name: Arc<str>,
    #[input]
    other: Tagged<Replica, Arc<str>>,
    #[component(Pool, config = other)]
    pool: Arc<Pool>,
}

#[derive(Container)]
pub struct UnknownField {
    #[input]
    config: Arc<Config>,
    #[input]
    name: Arc<str>,
    #[component(Pool, config = confg)]
    pool: Arc<Pool>,
}

fn main() {}
