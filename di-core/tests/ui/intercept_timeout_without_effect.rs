//! `MailError` needs a `From<TimedOut>`.

use std::sync::Arc;

use async_trait::async_trait;
use di_core::ambient::Clock;
use di_core::intercept::{Milliseconds, Timeout};
use di_core::{Component, Container, Intercepted};

#[derive(Debug)]
pub struct MailError;

#[di_core::intercept]
#[async_trait]
pub trait Mailer: Send + Sync {
    async fn send(&self, to: &str) -> Result<(), MailError>;
    fn backlog(&self) -> usize;
}

#[derive(Component)]
pub struct Smtp;

#[async_trait]
impl Mailer for Smtp {
    async fn send(&self, _to: &str) -> Result<(), MailError> {
        Ok(())
    }

    fn backlog(&self) -> usize {
        0
    }
}

#[derive(Container)]
pub struct App {
    #[input]
    clock: Arc<dyn Clock>,
    #[component(Smtp)]
    #[decorate(Intercepted<dyn Mailer, Timeout<Milliseconds<5_000>>>)]
    mailer: Arc<dyn Mailer>,
}

fn main() {}
