//! The option is `deny(unused)`.

use di_core::Container;

#[derive(Container)]
#[container(deny(unsued))]
pub struct App {
    #[input]
    pub number: u8,
}

fn main() {}
