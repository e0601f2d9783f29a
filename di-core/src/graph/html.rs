//! The interactive HTML page of a graph.

use super::render::{COLOURS, caption};
use super::{Graph, NodeKind};
use crate::internal::page::{self, embedded, filled, html_escaped, json_quoted};

/// The page template. Its placeholders, from top to bottom: `{{title}}`, `{{style}}`, `{{graph}}`, `{{script}}`.
const PAGE: &str = include_str!("page/page.html");

const STYLE: &str = include_str!("page/style.css");

/// The script. Later parts use earlier ones.
const SCRIPT: &str = concat!(
    "'use strict';\n\n",
    include_str!("page/graph.js"),
    include_str!("page/layout.js"),
    include_str!("page/drawing.js"),
    include_str!("page/state.js"),
    include_str!("page/camera.js"),
    include_str!("page/controls.js"),
);

impl Graph {
    /// Renders the graph as a self-contained HTML page. It needs neither a server nor the network.
    ///
    /// The page pans and zooms, finds nodes by field, type and component, and can hide kinds of nodes, or all but the
    /// connections of one node. For each node it shows the source location, the dependencies and the dependents. Async
    /// nodes and [unused](Graph::unused) ones are marked. The URL contains the state of the page: `app.html#node=store`
    /// selects the field `store`, `app.html#q=is:async` searches for async nodes.
    ///
    /// The output is deterministic, so the page can be checked into version control.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use di_core::{Component, Container};
    ///
    /// #[derive(Component)]
    /// pub struct Store;
    ///
    /// #[derive(Container)]
    /// pub struct App {
    ///     #[component]
    ///     pub store: Arc<Store>,
    /// }
    ///
    /// let page = std::env::temp_dir().join("app.html");
    /// std::fs::write(&page, App::GRAPH.to_html())?;
    /// println!("open {}", page.display());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn to_html(&self) -> String {
        let data = embedded(&self.page_data());
        let style = [page::STYLE, STYLE].concat();
        let parts = [
            ("{{title}}", &*html_escaped(self.name)),
            ("{{style}}", &style),
            ("{{graph}}", &data),
            ("{{script}}", SCRIPT),
        ];
        filled(PAGE, &parts)
    }

    /// Data of the page: the graph as JSON, the caption of each node, the ids of unused nodes, and the kinds in use.
    fn page_data(&self) -> String {
        let captions = self.nodes.iter().map(|node| {
            let [_, below] = caption(node);
            json_quoted(&below)
        });
        let unused = self.unused().map(|node| json_quoted(&node.id()));
        let kinds = COLOURS.iter().filter(|(kind, _)| self.nodes.iter().any(|node| node.kind == *kind));
        let kinds = kinds.map(|(kind, colour)| {
            let meaning = json_quoted(meaning(*kind));
            format!("{{ \"kind\": \"{kind}\", \"colour\": \"{colour}\", \"meaning\": {meaning} }}")
        });
        format!(
            "{{\n\"graph\": {},\n\"captions\": [{}],\n\"unused\": [{}],\n\"kinds\": [{}]\n}}",
            self.to_json().trim_end(),
            captions.collect::<Vec<_>>().join(", "),
            unused.collect::<Vec<_>>().join(", "),
            kinds.collect::<Vec<_>>().join(", ")
        )
    }
}

/// Explains a kind to readers who do not know the attributes.
const fn meaning(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Input => "the caller supplies it",
        NodeKind::Component => "made by its constructor",
        NodeKind::Provider => "made by a function",
        NodeKind::Choice => "one of several components, chosen when the container is built",
        NodeKind::Alias => "a view of another field",
        NodeKind::Decorator => "a component around another",
        NodeKind::Module => "a nested container",
        NodeKind::Import => "a field of a module, or of the container around a scope",
        NodeKind::Collect => "a list of other fields",
        NodeKind::Lazy => "constructed on first use",
        NodeKind::Factory => "created from arguments on each call",
        NodeKind::Absent => "nothing, unless overridden",
        NodeKind::Unknown => "its attribute is wrong",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::graph::{Constructor, Node};

    /// A decorated field, types and a file name that would break out of the page, and an unused node.
    static NODES: [Node; 5] = [
        Node::new("config", "Arc<Config>", NodeKind::Input, "", NEEDS_NOTHING, 3),
        Node::new("store", "Arc<dyn Store>", NodeKind::Component, "Store<{ \"</script><!--\" }>", NEEDS_CONFIG, 5)
            .inner(0),
        Node::new("store", "Arc<dyn Store>", NodeKind::Decorator, "Cached", NEEDS_CONFIG, 5).after(1).root(),
        Node::new("lookup", "Arc<dyn Lookup>", NodeKind::Alias, "store", Constructor::new(&[2]), 7).root(),
        Node::new("forgotten", "Arc<Forgotten>", NodeKind::Lazy, "Forgotten", NEEDS_NOTHING, 9),
    ];
    const NEEDS_NOTHING: Constructor = Constructor::new(&[]);
    const NEEDS_CONFIG: Constructor = Constructor::new(&[0]);
    const GRAPH: Graph = Graph::new("App", "src\\a \"<script>\".rs", &NODES);

    /// Returns the content of the script element `id="graph"`, delimited as in a browser.
    fn embedded(page: &str) -> &str {
        let (_, from) = page.split_once("id=\"graph\">").expect("the page has a place for the graph");
        from.split_once("</script").expect("the element ends").0
    }

    #[test]
    fn the_page_has_the_graph_and_its_captions() {
        let data: Value = serde_json::from_str(embedded(&GRAPH.to_html())).expect("it is JSON");
        let graph: Value = serde_json::from_str(&GRAPH.to_json()).expect("it is JSON");
        assert_eq!(data["graph"], graph);
        let captions = ["Arc<Config>", "Store<{ \"</script><!--\" }>", "Cached", "= store", "lazy Forgotten"];
        assert_eq!(data["captions"], serde_json::json!(captions));
        assert_eq!(data["unused"], serde_json::json!(["forgotten"]));
    }

    #[test]
    fn the_legend_lists_the_kinds_in_use() {
        let data: Value = serde_json::from_str(embedded(&GRAPH.to_html())).expect("it is JSON");
        let kinds: Vec<_> =
            data["kinds"].as_array().unwrap().iter().map(|kind| kind["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["input", "component", "alias", "decorator", "lazy"]);
        assert_eq!(data["kinds"][0]["colour"], "#bee3f8");
    }

    #[test]
    fn text_of_the_graph_is_never_markup() {
        let html = GRAPH.to_html();
        assert!(!embedded(&html).contains('<'));
        assert!(html.contains("<title>App "));
        let empty = Graph::new("App", "app.rs", &[]).to_html();
        assert_eq!(html.matches('<').count(), empty.matches('<').count());
    }

    #[test]
    fn the_title_is_escaped() {
        assert!(Graph::new("<b>&\"", "", &[]).to_html().contains("<title>&lt;b&gt;&amp;&quot; "));
    }

    #[test]
    fn the_page_has_no_external_references() {
        let html = GRAPH.to_html();
        for reference in ["http:", "https:", "//cdn", "src=", "@import", "url("] {
            assert!(!html.contains(reference), "{reference}");
        }
        // The page also forbids the browser from loading anything.
        assert!(html.contains("default-src 'none'"));
    }

    #[test]
    fn every_placeholder_is_filled() {
        let html = GRAPH.to_html();
        assert!(!html.contains("{{"), "a placeholder is left");
    }
}
