//! `Pool` is not a container, so it cannot be a module.

use di_core::{Container};

pub struct Pool;

#[derive(Container)]
pub struct App {
    #[module]
    pool: Pool,
}

fn main() {}
