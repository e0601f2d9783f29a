//! `App::GRAPH`: static data about fields and edges, rendered as Mermaid, DOT and JSON.

use std::sync::Arc;

use di_core::graph::NodeKind;
use di_core::{Component, Container, Graph, component, provider};

struct Config;

trait Clock: Send + Sync {}

#[derive(Component)]
struct SystemClock;

impl Clock for SystemClock {}

struct Cache<T>(std::marker::PhantomData<T>);

#[component]
impl<T: Send + Sync + 'static> Cache<T> {
    async fn new(_config: &Config, _clock: Arc<dyn Clock>, _again: &dyn Clock) -> Self {
        Cache(std::marker::PhantomData)
    }
}

trait Lookup: Send + Sync {}

impl<T: Send + Sync> Lookup for Cache<T> {}

#[provider]
fn greeting(_lookup: Arc<dyn Lookup>) -> Arc<str> {
    "hello".into()
}

#[derive(Container)]
#[allow(dead_code)]
struct App {
    #[input]
    config: Arc<Config>,
    #[component(SystemClock)]
    clock: Arc<dyn Clock>,
    #[component]
    end: Arc<Cache<Vec<(u8, &'static str)>>>,
    #[alias(end)]
    lookup: Arc<dyn Lookup>,
    #[provide(greeting)]
    r#type: Arc<str>,
}

/// Line before the first field.
const FIRST_LINE: u32 = line!() - 13;

/// Compiles because the graph is static data, which a const can hold.
const GRAPH: &Graph = App::GRAPH;

#[test]
fn a_node_describes_its_field() {
    let end = GRAPH.node("end").unwrap();
    assert_eq!(end.type_name(), "Arc<Cache<Vec<(u8, &'static str)>>>");
    assert_eq!(end.component(), "Cache<Vec<(u8, &'static str)>>");
    assert_eq!((end.kind(), end.is_async()), (NodeKind::Component, true));
    let dependencies: Vec<_> = GRAPH.dependencies(end).map(|node| node.name()).collect();
    assert_eq!(dependencies, ["config", "clock", "clock"]);
    let dependents: Vec<_> = GRAPH.dependents(end).map(|node| node.name()).collect();
    assert_eq!(dependents, ["lookup"]);
    assert_eq!(GRAPH.node("type").unwrap().kind(), NodeKind::Provider);
    assert!(GRAPH.node("r#type").is_none());
}

#[test]
fn a_node_knows_its_source_line() {
    assert!(GRAPH.file().ends_with("graph.rs"));
    let lines: Vec<_> = GRAPH.nodes().iter().map(|node| node.line()).collect();
    assert_eq!(lines, [0, 2, 4, 6, 8].map(|below| FIRST_LINE + 1 + below));
}

#[test]
fn each_edge_is_listed_once() {
    let edges: Vec<_> = GRAPH.edges().map(|edge| (edge.dependency.name(), edge.dependent.name())).collect();
    assert_eq!(edges, [("config", "end"), ("clock", "end"), ("end", "lookup"), ("lookup", "type")]);
}

#[test]
fn the_graph_is_rendered_as_mermaid() {
    assert_eq!(
        GRAPH.to_mermaid(),
        "---
title: App
---
flowchart LR
    config([\"config<br/>Arc&lt;Config&gt;\"]):::input
    clock[\"clock<br/>SystemClock\"]:::component
    end_[\"end<br/>Cache&lt;Vec&lt;(u8, &amp;'static str)&gt;&gt;\"]:::component
    lookup{{\"lookup<br/>= end\"}}:::alias
    type[/\"type<br/>greeting()\"/]:::provider
    config --> end_
    clock --> end_
    end_ --> lookup
    lookup --> type
    classDef input fill:#bee3f8,stroke:#4a5568,color:#1a202c
    classDef component fill:#c6f6d5,stroke:#4a5568,color:#1a202c
    classDef provider fill:#fefcbf,stroke:#4a5568,color:#1a202c
    classDef alias fill:#e9d8fd,stroke:#4a5568,color:#1a202c
"
    );
}

#[test]
fn the_graph_is_rendered_as_dot() {
    let dot = GRAPH.to_dot();
    assert!(dot.starts_with("digraph \"App\" {\n    rankdir=LR;\n"), "{dot}");
    assert!(dot.contains("\"end\" [label=\"end\\nCache<Vec<(u8, &'static str)>>\", tooltip=\""), "{dot}");
    assert!(dot.contains("    \"end\" -> \"lookup\";\n"), "{dot}");
    assert!(dot.ends_with("}\n"), "{dot}");
}

#[test]
fn the_graph_is_rendered_as_json() {
    let json: serde_json::Value = serde_json::from_str(&GRAPH.to_json()).expect("it is JSON");
    assert_eq!(json["container"], "App");
    let node = &json["nodes"][2];
    assert_eq!(node["name"], "end");
    assert_eq!(node["type"], "Arc<Cache<Vec<(u8, &'static str)>>>");
    assert_eq!(node["kind"], "component");
    assert_eq!(node["async"], true);
    assert_eq!(node["line"], FIRST_LINE + 5);
    assert_eq!(node["dependencies"], serde_json::json!(["config", "clock", "clock"]));
    assert_eq!(json["nodes"][0]["component"], serde_json::Value::Null);
}
