//! Each constructor runs in a span that names its container and field.

use std::io::Write;
use std::sync::{Arc, Mutex};

use di_core::{Container, component};

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
    tracing::subscriber::with_default(subscriber, || runtime.block_on(App::builder("name").build())).unwrap();
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(
        text.contains(r#"construct{container="App" field="store" component="Store"}: spans::constructors: opened"#),
        "{text}"
    );
    assert!(
        text.contains(r#"construct{container="App" field="orders" component="Orders"}: spans::constructors: ready"#),
        "{text}"
    );
}
