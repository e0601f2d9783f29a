//! Timeouts of things that are not constructed with the container.

use di_core::{Component, Container, Lazy};

#[derive(Component)]
pub struct Report;

#[derive(Container)]
pub struct App {
    #[lazy(Report, timeout = "5s")]
    lazy: Lazy<Report>,
}

#[derive(Container)]
pub struct Misspelled {
    #[component(Report, time = "5s")]
    report: std::sync::Arc<Report>,
}

fn main() {}
