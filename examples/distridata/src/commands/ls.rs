use std::sync::Arc;

use super::put::summary;
use super::{CommandError, output};
use crate::app::App;
use crate::catalogue::Catalogue;
use crate::config::Config;

/// Lists the objects. A slice: no host is started for it.
pub async fn ls(config: Config) -> Result<(), CommandError> {
    let catalogue: Arc<dyn Catalogue> = App::slice().with_config(Arc::new(config)).get().await?;
    for object in catalogue.list().await? {
        output::line(summary(&object))?;
    }
    Ok(())
}
