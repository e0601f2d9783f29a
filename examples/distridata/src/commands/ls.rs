//! The `ls` command, which needs only the catalog.

use std::sync::Arc;

use di_core::ambient::Ambient;

use super::put::summary;
use super::{CommandError, output};
use crate::config::Config;
use crate::storage::{Catalog, Storage};

/// Lists the objects. Builds a slice that contains only the catalog, so no host is started.
pub async fn ls(config: Config) -> Result<(), CommandError> {
    let slice = Storage::slice().with_config(Arc::new(config)).with_spawner(Ambient::tokio().spawner);
    let catalog: Arc<dyn Catalog> = slice.get().await?;
    for object in catalog.list().await? {
        output::line(summary(&object))?;
    }
    Ok(())
}
