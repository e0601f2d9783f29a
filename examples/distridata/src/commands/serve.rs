//! The two commands that run until a signal: `serve` and `host`.

use std::net::SocketAddr;
use std::path::PathBuf;

use di_core::host::termination_signal;

use super::{CommandError, output};
use crate::app::App;
use crate::config::Config;
use crate::host::{HostConfig, StorageHost};

/// Runs the coordinator until SIGINT or SIGTERM. Requests in flight may finish.
pub async fn serve(config: Config) -> Result<(), CommandError> {
    let end = termination_signal();
    let app = App::builder(config).start().await?;
    for host in app.storage.hosts.all() {
        output::line(format_args!("host         {host}"))?;
    }
    output::line(format_args!("coordinator  http://{}/objects", app.server.address()))?;
    Ok(app.run_until(end).await?)
}

/// Runs one storage host until SIGINT or SIGTERM. Requests in flight may finish.
pub async fn host(data_dir: PathBuf, listen: SocketAddr) -> Result<(), CommandError> {
    let end = termination_signal();
    let host = StorageHost::builder(HostConfig { data_dir, listen: listen.to_string() }).start().await?;
    output::line(format_args!("host  http://{}/shards", host.server.address()))?;
    Ok(host.run_until(end).await?)
}
