//! Two components each lack a dependency; this causes two errors, not five.

use std::sync::Arc;

use di_core::{Container, component};

pub trait Clock: Send + Sync {}
pub trait Store: Send + Sync {}

pub struct Reader;

#[component]
impl Reader {
    pub fn new(_clock: &dyn Clock) -> Self {
        Reader
    }
}

pub struct Writer;

#[component]
impl Writer {
    pub async fn new(_store: Arc<dyn Store>) -> std::io::Result<Self> {
        Ok(Writer)
    }
}

#[derive(Container)]
pub struct App {
    #[component]
    reader: Arc<Reader>,
    #[component]
    writer: Arc<Writer>,
}

pub async fn start() -> Result<App, di_core::BuildError> {
    App::builder().build().await
}

fn main() {}
