//! shaku modules inside a container, for a gradual migration.

use std::sync::Arc;

use di_core::{Container, component};
use shaku::{Component, Interface, module};

trait Output: Interface {
    fn write(&self, text: &str) -> String;
}

#[derive(Component)]
#[shaku(interface = Output)]
struct Console;

impl Output for Console {
    fn write(&self, text: &str) -> String {
        format!("console: {text}")
    }
}

module! {
    Legacy {
        components = [Console],
        providers = []
    }
}

struct Writer {
    output: Arc<dyn Output>,
}

#[component]
impl Writer {
    fn new(output: Arc<dyn Output>) -> Self {
        Writer { output }
    }
}

#[derive(Container)]
#[allow(dead_code)]
struct App {
    #[input]
    legacy: Arc<Legacy>,
    #[shaku(legacy)]
    output: Arc<dyn Output>,
    #[component]
    writer: Arc<Writer>,
}

#[test]
fn a_shaku_component_is_injected() {
    let app = App::builder(Legacy::builder().build()).build_sync().unwrap();
    assert_eq!(app.writer.output.write("hello"), "console: hello");
}

#[test]
fn a_shaku_component_is_overridden() {
    struct Silent;
    impl Output for Silent {
        fn write(&self, _: &str) -> String {
            String::new()
        }
    }
    let app = App::builder(Legacy::builder().build()).with_output(Arc::new(Silent)).build_sync().unwrap();
    assert_eq!(app.writer.output.write("hello"), "");
}
