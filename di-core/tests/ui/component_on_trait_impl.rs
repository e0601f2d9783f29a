//! In five seconds: `#[component]` goes on the `impl Server`, not on that of the trait.

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
