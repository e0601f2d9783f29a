//! In five seconds: a component owns what it is given; write `Arc<Config>`.

use di_core::Component;

pub struct Config;

#[derive(Component)]
pub struct Server {
    config: &'static Config,
}

fn main() {}
