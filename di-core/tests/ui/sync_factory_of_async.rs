//! The constructor is async, which a `SyncFactory` cannot await.

use di_core::{Container, SyncFactory, component};

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
    uploads: SyncFactory<(u32, String), Upload>,
}

fn main() {}
