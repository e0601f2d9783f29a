//! `Upload` takes arguments, so it goes into `#[factory(Upload)]`.

use std::sync::Arc;

use di_core::{Container, component};

pub struct Upload;

#[component]
impl Upload {
    pub async fn new(#[assisted] _user: u32, #[assisted] _file: String) -> Self {
        Upload
    }
}

#[derive(Container)]
pub struct App {
    #[component]
    upload: Arc<Upload>,
}

fn main() {}
