//! The two commands that run until a signal: `serve` and `host`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::{CommandError, output};
use crate::app::App;
use crate::config::Config;
use crate::host::{HostConfig, StorageHost};

/// Time for a stop. Orchestrators commonly kill a process after 30 s.
const STOP: Duration = Duration::from_secs(28);

/// Runs the coordinator until SIGINT or SIGTERM. Requests in flight may finish.
pub async fn serve(config: Config) -> Result<(), CommandError> {
    let start = App::builder(config).options(|options| options.stop_within(STOP)).start().on_started(|app| {
        for host in app.storage.hosts.all() {
            output::announce(format_args!("host         {host}"));
        }
        output::announce(format_args!("coordinator  http://{}/objects", app.server.address()));
    });
    Ok(start.run_until_signal().await?)
}

/// Runs one storage host until SIGINT or SIGTERM. Requests in flight may finish.
pub async fn host(data_dir: PathBuf, listen: SocketAddr) -> Result<(), CommandError> {
    let builder = StorageHost::builder(HostConfig { data_dir, listen: listen.to_string() });
    let start = builder.options(|options| options.stop_within(STOP)).start().on_started(|host| {
        output::announce(format_args!("host  http://{}/shards", host.server.address()));
    });
    Ok(start.run_until_signal().await?)
}
