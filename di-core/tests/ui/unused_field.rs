//! `forgotten` is unused, and the container denies that. A field is used if it is visible, needed or has hooks.

use std::sync::Arc;

use di_core::{Component, Container, component};

pub struct Config;

#[derive(Component)]
pub struct Forgotten;

pub struct Server;

#[component]
impl Server {
    pub fn new(_config: &Config) -> Self {
        Server
    }
}

pub struct Janitor;

#[component]
impl Janitor {
    pub fn new() -> Self {
        Janitor
    }

    #[run]
    async fn clean(&self) {}
}

#[derive(Container)]
#[container(deny(unused))]
pub struct App {
    #[input]
    config: Arc<Config>,
    #[component]
    pub server: Arc<Server>,
    #[component]
    janitor: Arc<Janitor>,
    #[component]
    forgotten: Arc<Forgotten>,
}

fn main() {}
