//! A container is not generic. Its uses elsewhere add no second error.

use std::sync::Arc;

use di_core::Container;

pub struct Config;

#[derive(Container)]
pub struct App<T> {
    #[input]
    config: Arc<Config>,
    #[input]
    value: T,
}

pub fn start() -> Result<App<u8>, di_core::BuildError> {
    println!("{}", <App<u8>>::GRAPH.to_dot());
    <App<u8>>::builder(Config, 8).with_value(9).build_sync()
}

fn main() {}
