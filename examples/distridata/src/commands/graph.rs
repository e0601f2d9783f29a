use super::{CommandError, output};
use crate::app::App;
use crate::cli::GraphFormat;

/// Draws how the service is wired. Static data: nothing is built for it.
pub fn graph(format: GraphFormat) -> Result<(), CommandError> {
    let text = match format {
        GraphFormat::Mermaid => App::GRAPH.to_mermaid(),
        GraphFormat::Dot => App::GRAPH.to_dot(),
        GraphFormat::Json => App::GRAPH.to_json(),
    };
    output::line(text.trim_end())
}
