//! A component owns its dependencies; write `Arc<Config>`.

use di_core::Component;

pub struct Config;

#[derive(Component)]
pub struct Server {
    config: &'static Config,
}

fn main() {}
