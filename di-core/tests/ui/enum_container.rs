//! A container is a struct. Its uses elsewhere add no second error.

use di_core::Container;

#[derive(Container)]
pub enum App {
    Production,
    Test,
}

pub fn start() -> Result<App, di_core::BuildError> {
    println!("{}", <App>::GRAPH.to_dot());
    <App>::builder().build_sync()
}

fn main() {}
