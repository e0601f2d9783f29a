//! Renderings of a graph as Mermaid, DOT and JSON.

use std::fmt::Write;

use super::{Edge, Graph, Node, NodeKind};
use crate::internal::page::{html_escaped, json_quoted};

/// Renderings. Arrows point from a dependency to its dependent, in the order of construction.
impl Graph {
    /// Renders a [Mermaid](https://mermaid.js.org/syntax/flowchart.html) flowchart, which GitHub displays.
    pub fn to_mermaid(&self) -> String {
        let mut text = format!("---\ntitle: {}\n---\nflowchart LR\n", self.name);
        for node in self.nodes {
            let (open, close) = match node.kind {
                NodeKind::Input => ("([\"", "\"])"),
                NodeKind::Provider => ("[/\"", "\"/]"),
                NodeKind::Alias | NodeKind::Import => ("{{\"", "\"}}"),
                NodeKind::Module => ("[[\"", "\"]]"),
                NodeKind::Collect => ("[\\\"", "\"/]"),
                NodeKind::Choice => ("{\"", "\"}"),
                NodeKind::Lazy | NodeKind::Factory => ("(\"", "\")"),
                _ => ("[\"", "\"]"),
            };
            let id = mermaid_id(node);
            let [name, caption] = caption(node).map(|line| html_escaped(&line));
            _ = writeln!(text, "    {id}{open}{name}<br/>{caption}{close}:::{}", node.kind);
        }
        for Edge { dependency, dependent } in self.edges() {
            let arrow = if is_uncertain(dependency, dependent) { "-.->" } else { "-->" };
            _ = writeln!(text, "    {} {arrow} {}", mermaid_id(dependency), mermaid_id(dependent));
        }
        for (kind, colour) in COLOURS {
            if self.nodes.iter().any(|node| node.kind == kind) {
                _ = writeln!(text, "    classDef {kind} fill:{colour},stroke:#4a5568,color:#1a202c");
            }
        }
        text
    }

    /// Renders the [DOT language](https://graphviz.org/doc/info/lang.html) of Graphviz.
    pub fn to_dot(&self) -> String {
        let mut text = format!("digraph {} {{\n    rankdir=LR;\n", dot_quoted(self.name));
        text.push_str("    node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n");
        for node in self.nodes {
            let label = dot_quoted(&caption(node).join("\n"));
            let tooltip = dot_quoted(&format!("{}:{}", self.file, node.line));
            let colour = COLOURS.iter().find(|(kind, _)| *kind == node.kind).map_or("#ffffff", |(_, colour)| colour);
            let name = dot_quoted(&node.id());
            _ = writeln!(text, "    {name} [label={label}, tooltip={tooltip}, fillcolor=\"{colour}\"];");
        }
        for Edge { dependency, dependent } in self.edges() {
            let style = if is_uncertain(dependency, dependent) { " [style=dashed]" } else { "" };
            _ = writeln!(text, "    {} -> {}{style};", dot_quoted(&dependency.id()), dot_quoted(&dependent.id()));
        }
        text.push_str("}\n");
        text
    }

    /// Renders JSON: `container`, `file`, and `nodes`, each with `id`, `name`, `type`, `kind`, `component` (or `null`),
    /// `async`, `line`, `on_demand` if it is built only if another node needs it, and `dependencies`: node ids in the
    /// order of the constructor's parameters.
    pub fn to_json(&self) -> String {
        let mut text = format!(
            "{{\n  \"container\": {},\n  \"file\": {},\n  \"nodes\": [",
            json_quoted(self.name),
            json_quoted(self.file)
        );
        for (at, node) in self.nodes.iter().enumerate() {
            let component = if node.component.is_empty() { "null".into() } else { json_quoted(node.component) };
            let dependencies: Vec<_> = self.dependencies(node).map(|other| json_quoted(&other.id())).collect();
            _ = write!(
                text,
                "{}\n    {{ \"id\": {}, \"name\": {}, \"type\": {}, \"kind\": \"{}\", \"component\": {component}, \"async\": {}, \
                 \"line\": {}, {}\"dependencies\": [{}] }}",
                if at == 0 { "" } else { "," },
                json_quoted(&node.id()),
                json_quoted(node.name),
                json_quoted(node.type_name),
                node.kind,
                node.is_async,
                node.line,
                if node.is_on_demand() { "\"on_demand\": true, " } else { "" },
                dependencies.join(", ")
            );
        }
        text.push_str("\n  ]\n}\n");
        text
    }
}

/// Returns whether the edge leads from an alternative, which may not be chosen.
fn is_uncertain(dependency: &Node, dependent: &Node) -> bool {
    dependent.kind == NodeKind::Choice && dependency.name == dependent.name
}

/// Fill colors by kind, light enough for dark text.
pub(super) const COLOURS: [(NodeKind, &str); 12] = [
    (NodeKind::Input, "#bee3f8"),
    (NodeKind::Component, "#c6f6d5"),
    (NodeKind::Provider, "#fefcbf"),
    (NodeKind::Choice, "#fed7e2"),
    (NodeKind::Alias, "#e9d8fd"),
    (NodeKind::Decorator, "#9ae6b4"),
    (NodeKind::Module, "#fbd38d"),
    (NodeKind::Import, "#feebc8"),
    (NodeKind::Collect, "#d6bcfa"),
    (NodeKind::Lazy, "#b2f5ea"),
    (NodeKind::Factory, "#81e6d9"),
    (NodeKind::Absent, "#e2e8f0"),
];

/// Returns the two lines of a node's caption: the field's name, and its source or type.
pub(super) fn caption(node: &Node) -> [String; 2] {
    let below = match node.kind {
        NodeKind::Input | NodeKind::Absent | NodeKind::Unknown => node.type_name.to_owned(),
        NodeKind::Provider => format!("{}()", node.component),
        NodeKind::Alias => format!("= {}", node.component),
        NodeKind::Import => format!("from {}", node.component),
        NodeKind::Collect => format!("[{}]", node.component),
        NodeKind::Choice => format!("by {}", node.component),
        NodeKind::Lazy | NodeKind::Factory => format!("{} {}", node.kind, node.component),
        _ => node.component.to_owned(),
    };
    [node.name.to_owned(), below]
}

/// Returns the node's id. Mermaid reserves some words, such as `end`; none of them ends in an underscore.
fn mermaid_id(node: &Node) -> String {
    match node.id().as_str() {
        word @ ("end" | "graph" | "flowchart" | "subgraph" | "class" | "classDef" | "style" | "click" | "default"
        | "direction" | "linkStyle" | "call" | "href") => format!("{word}_"),
        id => id.replace('.', "_"),
    }
}

fn dot_quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
