//! `Traced` opens a span for each call and logs failed or dropped calls.

use std::sync::Arc;

use async_trait::async_trait;
use di_core::Intercepted;
use di_core::intercept::Traced;
use futures_util::FutureExt;
use tracing::Level;

use crate::log::logged;

#[di_core::intercept]
#[async_trait]
trait Store: Send + Sync {
    async fn get(&self, key: &str) -> Result<(), String>;
    async fn wait(&self);
    fn check(&self);
}

struct Memory;

#[async_trait]
impl Store for Memory {
    async fn get(&self, key: &str) -> Result<(), String> {
        tokio::task::yield_now().await;
        tracing::info!("inside");
        if key.is_empty() { Err("no key".into()) } else { Ok(()) }
    }

    async fn wait(&self) {
        std::future::pending().await
    }

    fn check(&self) {
        tracing::info!("inside");
    }
}

/// Returns the log lines written at `level`.
fn written(level: Level) -> Vec<String> {
    let store: Arc<dyn Store> = Arc::new(Intercepted::new(Arc::new(Memory), Traced));
    let text = logged(level, || {
        store.check();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(store.get("")).unwrap_err();
        assert!(store.wait().now_or_never().is_none());
    });
    text.lines().map(|line| line.trim().to_owned()).collect()
}

#[test]
fn each_call_is_a_span_with_arguments_only_if_debug_is_enabled() {
    assert_eq!(
        written(Level::INFO),
        [
            "INFO call{method=Store::check}: spans::calls: inside",
            "INFO call{method=Store::get}: spans::calls: inside",
            "WARN call{method=Store::get}: di_core::call: failed error=no key",
        ]
    );
    let lines = written(Level::DEBUG);
    assert!(
        lines.contains(&r#"WARN call{method=Store::get arguments=key: ""}: di_core::call: failed error=no key"#.into())
    );
    assert!(
        lines.contains(&"DEBUG call{method=Store::wait arguments=}: di_core::call: dropped before it ended".into()),
        "{lines:#?}"
    );
}
