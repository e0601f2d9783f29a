//! Build reports: the time of each constructor and the critical path, as text and HTML.

use std::sync::Arc;
use std::time::Duration;

use di_core::{Container, component};
use tokio::time::sleep;

struct Slow;

#[component]
impl Slow {
    async fn new() -> Self {
        sleep(Duration::from_millis(60)).await;
        Slow
    }
}

struct Quick;

#[component]
impl Quick {
    async fn new(_limit: usize) -> Self {
        sleep(Duration::from_millis(5)).await;
        Quick
    }
}

struct Sync;

#[component]
impl Sync {
    fn new(_quick: &Quick, _slow: &Slow) -> Self {
        Sync
    }
}

#[derive(Container)]
#[allow(dead_code)]
struct App {
    #[input]
    limit: usize,
    #[component]
    sync: Arc<Sync>,
    #[component]
    quick: Arc<Quick>,
    #[component]
    slow: Arc<Slow>,
}

#[tokio::test]
async fn the_report_lists_each_constructor_and_the_critical_path() {
    let (_app, report) = App::builder(1_usize).build().with_report().await.unwrap();
    let names: Vec<_> = report.timings().iter().map(|timing| timing.node.name()).collect();
    assert_eq!(names.len(), 3, "the input was supplied");
    assert_eq!(names[2], "sync", "it began last");
    let path: Vec<_> = report.critical_path().iter().map(|timing| timing.node.name()).collect();
    assert_eq!(path, ["slow", "sync"]);
    let slow = report.timings().into_iter().find(|timing| timing.node.name() == "slow").unwrap();
    assert!(slow.duration >= Duration::from_millis(60) && slow.end() <= report.duration(), "{report}");
    assert_eq!(report.to_string().lines().count(), 5);
}

#[tokio::test]
async fn the_waterfall_page_has_a_bar_for_each_constructor() {
    let (_app, report) = App::builder(1_usize).build().with_report().await.unwrap();
    let page = report.to_html();
    assert_eq!(page.matches("class=\"bar\"").count(), 3);
    assert_eq!(page.matches("<tr class=\"critical\">").count(), 2, "slow and sync");
    assert!(
        page.contains("slow → sync") && page.contains("<td>limit</td><td colspan=\"2\"></td><td>supplied"),
        "{page}"
    );
    for reference in ["http:", "https:", "src=", "@import", "url(", "{{", "<script"] {
        assert!(!page.contains(reference), "{reference}");
    }
}
