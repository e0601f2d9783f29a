//! The constructor has two `#[assisted]` parameters, but the factory has one argument.

use di_core::{Container, Factory, component};

pub struct Upload;

#[component]
impl Upload {
    pub async fn new(#[assisted] _user: u32, #[assisted] _file: String) -> Self {
        Upload
    }
}

#[derive(Container)]
pub struct App {
    #[factory(Upload)]
    uploads: Factory<(u32,), Upload>,
}

fn main() {}
