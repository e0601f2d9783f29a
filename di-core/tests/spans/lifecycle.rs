//! The lifecycle of a host writes events, and each hook runs in a span.

use std::sync::Arc;
use std::time::Duration;

use di_core::{Container, Shutdown, component};
use tracing::Level;

use crate::log::logged;

struct Server;

#[component]
impl Server {
    fn new() -> Self {
        Server
    }

    #[start]
    async fn bind(&self) {
        tracing::info!("bound");
    }

    #[run]
    async fn serve(&self, _: Shutdown) -> Result<(), std::io::Error> {
        Err(std::io::Error::other("address in use"))
    }
}

struct Slow;

#[component]
impl Slow {
    fn new(_server: &Server) -> Self {
        Slow
    }

    #[start]
    async fn warm_up(&self) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[derive(Container)]
#[allow(dead_code)]
struct App {
    #[component]
    server: Arc<Server>,
    #[component]
    slow: Arc<Slow>,
}

fn log_of(work: impl Future<Output = ()>) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let text = logged(Level::INFO, || runtime.block_on(work));
    text.lines().map(|line| line.trim().to_owned()).collect()
}

#[test]
fn the_lifecycle_is_logged_and_failures_when_they_happen() {
    let lines = log_of(async {
        let host = App::builder().options(|options| options.drain_for(Duration::from_secs(1))).start().await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        tracing::info!("one second later");
        host.stop().await.unwrap_err();
    });
    assert_eq!(
        lines,
        [
            r#"INFO di_core::host: starting container="App""#,
            r#"INFO hook{hook="start" container="App" field="server" component="Server"}: spans::lifecycle: bound"#,
            r#"INFO di_core::host: started container="App""#,
            r#"ERROR di_core::host: #[run] of `server` (Server) failed container="App" field="server" component="Server" hook="run" error="address in use""#,
            "INFO spans::lifecycle: one second later",
            r#"INFO di_core::host: not ready, draining container="App""#,
            r#"INFO di_core::host: stopping container="App""#,
            r#"INFO di_core::host: stopped container="App""#,
        ]
    );
}

#[test]
fn a_start_that_is_dropped_is_logged_with_what_was_starting() {
    let lines = log_of(async {
        _ = tokio::time::timeout(Duration::from_millis(10), App::builder().start()).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    });
    assert_eq!(
        lines[2..],
        [
            r##"WARN di_core::host: the start was dropped before it was complete: stopping what had started container="App" unfinished="#[start] of `slow` (Slow) had been running for 10ms""##,
            r#"INFO di_core::host: stopping container="App""#,
            r#"INFO di_core::host: stopped container="App""#,
        ]
    );
}

#[test]
fn a_host_that_is_dropped_is_logged() {
    let lines = log_of(async { drop(App::builder().start().await.unwrap()) });
    assert!(lines.last().unwrap().starts_with("WARN di_core::host: the host was dropped without a stop"), "{lines:#?}");
}

#[test]
fn a_container_with_hooks_that_is_only_built_is_logged() {
    let lines = log_of(async { drop(App::builder().build().await.unwrap()) });
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].starts_with("WARN di_core::build: built, and neither started nor opened: "), "{lines:#?}");
}
