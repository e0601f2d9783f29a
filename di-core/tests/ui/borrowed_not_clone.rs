//! An async constructor, and one that is called after the build, borrow from a clone of a field that is not an `Arc`.
use std::sync::Arc;

use di_core::{Container, Lazy, component};

struct Metrics;

struct Server;

#[component]
impl Server {
    async fn new(_metrics: &Metrics) -> Self {
        Server
    }
}

struct Report;

#[component]
impl Report {
    fn new(_metrics: &Metrics) -> Self {
        Report
    }
}

#[derive(Container)]
struct App {
    #[input]
    metrics: Metrics,
    #[component]
    server: Arc<Server>,
    #[component]
    report: Arc<Report>,
}

#[derive(Container)]
struct Other {
    #[input]
    metrics: Metrics,
    #[lazy(Report)]
    report: Lazy<Report>,
}

fn main() {}
