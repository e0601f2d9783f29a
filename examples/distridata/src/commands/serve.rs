use std::net::SocketAddr;
use std::path::PathBuf;

use super::{CommandError, output};
use crate::app::App;
use crate::config::Config;
use crate::storage::{HostConfig, StorageHost};

/// Runs the coordinator until Ctrl-C.
pub async fn serve(config: Config) -> Result<(), CommandError> {
    let app = App::builder(config).build().await?;
    for host in app.hosts.all() {
        output::line(format_args!("host         {host}"))?;
    }
    output::line(format_args!("coordinator  http://{}/objects", app.server.address()))?;
    until_ctrl_c().await;
    Ok(())
}

/// Runs one storage host until Ctrl-C.
pub async fn host(data_dir: PathBuf, listen: SocketAddr) -> Result<(), CommandError> {
    let host = StorageHost::builder(HostConfig { data_dir, listen }).build().await?;
    output::line(format_args!("host  http://{}/shards", host.server.address()))?;
    until_ctrl_c().await;
    Ok(())
}

async fn until_ctrl_c() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::error!(%error, "cannot wait for Ctrl-C");
    }
}
