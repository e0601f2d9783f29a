//! Each constructor runs in a span that names its container and field.

use std::sync::Arc;

use di_core::{Container, component};
use tracing::Level;

use crate::log::logged;

struct Store;

#[component]
impl Store {
    async fn new(_name: &str) -> Self {
        tokio::task::yield_now().await;
        tracing::info!("opened");
        Store
    }
}

struct Orders;

#[component]
impl Orders {
    fn new(_store: &Store) -> Self {
        tracing::info!("ready");
        Orders
    }
}

#[derive(Container)]
#[allow(dead_code)]
struct App {
    #[input]
    name: Arc<str>,
    #[component]
    orders: Arc<Orders>,
    #[component]
    store: Arc<Store>,
}

#[test]
fn each_constructor_is_a_span() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let text = logged(Level::DEBUG, || {
        runtime.block_on(App::builder("name").build()).unwrap();
    });
    assert!(
        text.contains(r#"construct{container="App" field="store" component="Store"}: spans::constructors: opened"#),
        "{text}"
    );
    assert!(
        text.contains(r#"construct{container="App" field="orders" component="Orders"}: spans::constructors: ready"#),
        "{text}"
    );
}
