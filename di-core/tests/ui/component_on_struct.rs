//! `#[component]` can only be applied to an `impl` block.

use di_core::component;

#[component]
pub struct Server;

fn main() {}
