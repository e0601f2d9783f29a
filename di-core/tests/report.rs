//! A build tells what it spent its time on.

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
        #[cfg(feature = "tracing")]
        tracing::info!("inside");
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
async fn the_report_has_each_constructor_and_the_critical_path() {
    let (_app, report) = App::builder(1_usize).build().with_report().await.unwrap();
    let names: Vec<_> = report.timings().iter().map(|(node, _)| node.name()).collect();
    assert_eq!(names.len(), 3, "the input was supplied");
    assert_eq!(names[2], "sync", "it began last");
    let path: Vec<_> = report.critical_path().iter().map(|(node, _)| node.name()).collect();
    assert_eq!(path, ["slow", "sync"]);
    let slow = report.timings().into_iter().find(|(node, _)| node.name() == "slow").unwrap().1;
    assert!(slow.duration >= Duration::from_millis(60) && slow.end() <= report.duration(), "{report}");
    assert_eq!(report.to_string().lines().count(), 5);
}

#[cfg(feature = "tracing")]
#[test]
fn each_constructor_is_a_span() {
    use std::io::Write;
    use std::sync::Mutex;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    tracing::subscriber::with_default(subscriber, || runtime.block_on(App::builder(1_usize).build())).unwrap();
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains(r#"construct{container="App" field="sync" component="Sync"}"#), "{text}");
}
