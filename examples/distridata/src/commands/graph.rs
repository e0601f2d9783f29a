//! The `graph` command, in Mermaid, DOT, JSON and HTML.

use di_core::Graph;

use super::{CommandError, output};
use crate::app::App;
use crate::cli::{GraphContainer, GraphFormat};
use crate::host::StorageHost;
use crate::http::{Http, RequestScope};
use crate::storage::Storage;

/// Prints the graph of a container. The graph is static data, so nothing is built.
pub fn graph(container: GraphContainer, format: GraphFormat) -> Result<(), CommandError> {
    let graph: &Graph = match container {
        GraphContainer::App => App::GRAPH,
        GraphContainer::Storage => Storage::GRAPH,
        GraphContainer::Http => Http::GRAPH,
        GraphContainer::Request => RequestScope::GRAPH,
        GraphContainer::Host => StorageHost::GRAPH,
    };
    let text = match format {
        GraphFormat::Mermaid => graph.to_mermaid(),
        GraphFormat::Dot => graph.to_dot(),
        GraphFormat::Json => graph.to_json(),
        GraphFormat::Html => graph.to_html(),
    };
    output::line(text.trim_end())
}
