//! In five seconds: `#[component]` goes on the `impl` block.

use di_core::component;

#[component]
pub struct Server;

fn main() {}
