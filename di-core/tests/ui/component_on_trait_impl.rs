//! `#[component]` must be applied to `impl Server`, not to the `impl` of the trait.

use di_core::component;

pub struct Server;

#[component]
impl Default for Server {
    #[constructor]
    fn default() -> Self {
        Server
    }
}

fn main() {}
