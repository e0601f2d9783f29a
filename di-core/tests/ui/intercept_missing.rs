//! The trait has no `#[intercept]`.

use std::sync::Arc;

use di_core::intercept::Interceptor;
use di_core::{Component, Container, Intercepted};

pub trait Mailer: Send + Sync {}

#[derive(Component)]
pub struct Smtp;

impl Mailer for Smtp {}

#[derive(Component)]
pub struct Log;

impl Interceptor for Log {}

#[derive(Container)]
pub struct App {
    #[component(Smtp)]
    #[decorate(Intercepted<dyn Mailer, Log>)]
    mailer: Arc<dyn Mailer>,
}

fn main() {}
