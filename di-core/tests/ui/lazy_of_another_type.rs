//! A `#[lazy]` field is a `Lazy<..>`.

use std::sync::Arc;

use di_core::{Component, Container};

#[derive(Component)]
pub struct Report;

#[derive(Container)]
pub struct App {
    #[lazy(Report)]
    report: Arc<Report>,
}

fn main() {}
