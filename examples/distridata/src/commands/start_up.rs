//! The `start-up` command, with a text or HTML report.

use super::{CommandError, output};
use crate::app::App;
use crate::cli::StartUpFormat;
use crate::config::Config;

/// Builds the service once, and prints how long each constructor took.
pub async fn start_up(config: Config, format: StartUpFormat) -> Result<(), CommandError> {
    let (_app, report) = App::builder(config).build().with_report().await?;
    let text = match format {
        StartUpFormat::Text => report.to_string(),
        StartUpFormat::Html => report.to_html(),
    };
    output::line(text.trim_end())
}
