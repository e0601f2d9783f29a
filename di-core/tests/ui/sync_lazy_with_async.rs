use di_core::{Container, SyncLazy, component};

struct Report;

#[component]
impl Report {
    async fn new() -> Self {
        Report
    }
}

#[derive(Container)]
struct App {
    #[lazy(Report)]
    report: SyncLazy<Report>,
}

fn main() {}
