//! The factory's arguments are in another order than the `#[assisted]` parameters of the constructor.

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
    uploads: Factory<(String, u32), Upload>,
}

fn main() {}
