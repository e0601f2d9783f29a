//! The field is a `Lazy<dyn Report>`, but `Reporter` does not implement `Report`.

use std::sync::Arc;

use di_core::{Component, Container, Lazy};

pub trait Report: Send + Sync {}

#[derive(Component)]
pub struct Reporter;

pub struct Reports(Arc<dyn Report>);

#[derive(Container)]
pub struct App {
    #[lazy(Reporter)]
    reports: Lazy<dyn Report>,
}

fn main() {}
