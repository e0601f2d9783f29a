//! A container's fields have names. Its uses elsewhere add no second error.

use std::sync::Arc;

use di_core::Container;

pub struct Config;

#[derive(Container)]
pub struct App(#[input] Arc<Config>);

pub fn start() -> Result<App, di_core::BuildError> {
    println!("{}", <App>::GRAPH.to_dot());
    <App>::builder(Config).build_sync()
}

fn main() {}
