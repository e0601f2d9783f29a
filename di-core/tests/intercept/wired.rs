//! Interceptors as components, with dependencies and with async constructors that can fail.

use std::sync::Arc;

use async_trait::async_trait;
use di_core::graph::NodeKind;
use di_core::intercept::{Call, Interceptor, Next, NextSync};
use di_core::{Component, Container, Intercepted, Tagged, component};

use super::Log;

struct Prefixed {
    prefix: Arc<str>,
    log: Arc<Log>,
}

#[component]
impl Prefixed {
    fn new(prefix: Arc<str>, log: Arc<Log>) -> Self {
        Prefixed { prefix, log }
    }
}

impl Interceptor for Prefixed {
    fn before(&self, call: &Call<'_>) {
        self.log.0.lock().unwrap().push(format!("{}{call}", self.prefix));
    }
}

struct Checked {
    log: Arc<Log>,
}

#[component]
impl Checked {
    async fn new(prefix: &str, log: Arc<Log>) -> Result<Self, &'static str> {
        tokio::task::yield_now().await;
        if prefix.is_empty() { Err("no prefix") } else { Ok(Checked { log }) }
    }
}

impl Interceptor for Checked {
    async fn around<N: Next>(&self, next: N) -> N::Output {
        self.log.0.lock().unwrap().push("checked".into());
        next.run().await
    }

    fn around_sync<N: NextSync>(&self, next: N) -> N::Output {
        self.log.0.lock().unwrap().push("checked".into());
        next.run()
    }
}

#[derive(Component)]
struct Hello;

#[di_core::intercept]
#[async_trait]
trait Greet: Send + Sync {
    async fn greet(&self, name: &str) -> String;
}

#[async_trait]
impl Greet for Hello {
    async fn greet(&self, name: &str) -> String {
        format!("hello {name}")
    }
}

#[derive(Container)]
#[allow(dead_code)]
struct App {
    #[component(Hello)]
    #[decorate(Intercepted<dyn Greet, Checked>, Intercepted<dyn Greet, Prefixed>)]
    greet: Arc<dyn Greet>,
    #[component(Hello)]
    #[decorate(Intercepted<dyn Greet, Prefixed>)]
    second: Tagged<Second, Arc<dyn Greet>>,
    #[input]
    prefix: Arc<str>,
    #[input]
    log: Arc<Log>,
}

enum Second {}

#[tokio::test]
async fn a_tagged_field_can_be_intercepted() {
    let app = App::builder("2> ", Log::default()).build().await.unwrap();
    assert_eq!(app.second.greet("ann").await, "hello ann");
    assert_eq!(app.log.take(), [r#"2> Greet::greet(name: "ann")"#]);
}

#[tokio::test]
async fn an_interceptor_is_a_component_with_its_own_dependencies() {
    let app = App::builder("> ", Log::default()).build().await.unwrap();
    assert_eq!(app.greet.greet("ann").await, "hello ann");
    assert_eq!(app.log.take(), [r#"> Greet::greet(name: "ann")"#, "checked"]);
}

#[tokio::test]
async fn an_interceptor_that_fails_to_construct_is_named() {
    let text = format!("{:?}", App::builder("", Log::default()).build().await.err().unwrap());
    let expected = "could not build `App`: `greet` (Intercepted<dyn Greet, Checked>) failed: no prefix\n";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn the_graph_shows_interceptors_as_decorators() {
    let nodes: Vec<_> = App::GRAPH.nodes().iter().map(|node| (node.id(), node.component(), node.kind())).collect();
    assert_eq!(nodes[1], ("greet.1".to_owned(), "Intercepted<dyn Greet, Checked>", NodeKind::Decorator));
    assert_eq!(nodes[2], ("greet".to_owned(), "Intercepted<dyn Greet, Prefixed>", NodeKind::Decorator));
    let edges: Vec<_> =
        App::GRAPH.edges().map(|edge| format!("{} -> {}", edge.dependency.id(), edge.dependent.id())).collect();
    assert_eq!(
        edges,
        [
            "greet.0 -> greet.1",
            "prefix -> greet.1",
            "log -> greet.1",
            "greet.1 -> greet",
            "prefix -> greet",
            "log -> greet",
            "second.0 -> second",
            "prefix -> second",
            "log -> second",
        ]
    );
    assert!(App::GRAPH.to_mermaid().contains("Intercepted&lt;dyn Greet, Checked&gt;"), "{}", App::GRAPH.to_mermaid());
}
