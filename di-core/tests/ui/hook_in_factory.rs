//! A component created by a factory cannot have hooks, because the container does not know when its life ends.

use di_core::{Container, Factory, component};

pub struct Session;

#[component]
impl Session {
    pub fn new(#[assisted] _user: u32) -> Self {
        Session
    }

    #[stop]
    async fn end(&self) {}
}

#[derive(Container)]
pub struct App {
    #[factory(Session)]
    sessions: Factory<(u32,), Session>,
}

fn main() {}
