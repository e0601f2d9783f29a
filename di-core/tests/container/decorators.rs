//! Decorators wrap a field, innermost first, and have their own dependencies.

use std::sync::Arc;

use di_core::graph::NodeKind;
use di_core::{Component, Container, component};

trait Greet: Send + Sync {
    fn greet(&self) -> String;
}

#[derive(Component)]
struct Hello;

impl Greet for Hello {
    fn greet(&self) -> String {
        "hello".into()
    }
}

struct Named {
    inner: Arc<dyn Greet>,
    name: Arc<str>,
}

#[component]
impl Named {
    async fn new(#[inner] inner: Arc<dyn Greet>, name: Arc<str>) -> Result<Self, &'static str> {
        tokio::task::yield_now().await;
        if name.is_empty() { Err("no name to greet") } else { Ok(Named { inner, name }) }
    }
}

impl Greet for Named {
    fn greet(&self) -> String {
        format!("{} {}", self.inner.greet(), self.name)
    }
}

#[derive(Component)]
struct Loud {
    #[inner]
    inner: Arc<dyn Greet>,
}

impl Greet for Loud {
    fn greet(&self) -> String {
        self.inner.greet().to_uppercase() + "!"
    }
}

#[derive(Component)]
struct Host {
    greet: Arc<dyn Greet>,
}

#[derive(Container)]
#[allow(dead_code)]
struct App {
    #[component]
    host: Arc<Host>,
    #[component(Hello)]
    #[decorate(Named, Loud)]
    greet: Arc<dyn Greet>,
    #[input]
    name: Arc<str>,
}

#[tokio::test]
async fn decorators_wrap_innermost_first() {
    let app = App::builder("ann").build().await.unwrap();
    assert_eq!(app.host.greet.greet(), "HELLO ANN!");
}

#[tokio::test]
async fn an_override_replaces_the_field_and_its_decorators() {
    let app = App::builder("ann").with_greet(Arc::new(Hello)).build().await.unwrap();
    assert_eq!(app.host.greet.greet(), "hello");
    let host: Arc<Host> = App::slice().with_greet(Arc::new(Hello)).strict().get().await.unwrap();
    assert_eq!(host.greet.greet(), "hello");
}

#[tokio::test]
async fn a_decorator_that_fails_is_named() {
    let text = format!("{:?}", App::builder("").build().await.err().unwrap());
    assert!(text.starts_with("could not build `App`: `greet` (Named) failed: no name to greet\n"), "{text}");
    assert!(text.contains("already built, now dropped: name"), "{text}");
}

#[test]
fn each_decorator_is_a_node_of_the_graph() {
    let nodes: Vec<_> = App::GRAPH.nodes().iter().map(|node| (node.id(), node.kind())).collect();
    assert_eq!(
        nodes[1..4],
        [
            ("greet.0".to_owned(), NodeKind::Component),
            ("greet.1".to_owned(), NodeKind::Decorator),
            ("greet".to_owned(), NodeKind::Decorator),
        ]
    );
    let edges: Vec<_> = App::GRAPH.edges().map(|edge| (edge.dependency.id(), edge.dependent.id())).collect();
    let edge = |needed: &str, needing: &str| (needed.to_owned(), needing.to_owned());
    assert_eq!(
        edges,
        [edge("greet", "host"), edge("greet.0", "greet.1"), edge("name", "greet.1"), edge("greet.1", "greet")]
    );
    assert!(App::GRAPH.to_mermaid().contains("greet_0 --> greet_1"));
}
