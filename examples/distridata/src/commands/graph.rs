use di_core::Graph;

use super::{CommandError, output};
use crate::app::App;
use crate::cli::{DrawnContainer, GraphFormat};
use crate::host::StorageHost;
use crate::http::{Http, Request};
use crate::storage::Storage;

/// Draws how a container is wired. Static data: nothing is built for it.
pub fn graph(container: DrawnContainer, format: GraphFormat) -> Result<(), CommandError> {
    let graph: &Graph = match container {
        DrawnContainer::App => App::GRAPH,
        DrawnContainer::Storage => Storage::GRAPH,
        DrawnContainer::Http => Http::GRAPH,
        DrawnContainer::Request => Request::GRAPH,
        DrawnContainer::Host => StorageHost::GRAPH,
    };
    let text = match format {
        GraphFormat::Mermaid => graph.to_mermaid(),
        GraphFormat::Dot => graph.to_dot(),
        GraphFormat::Json => graph.to_json(),
        GraphFormat::Html => graph.to_html(),
    };
    output::line(text.trim_end())
}
