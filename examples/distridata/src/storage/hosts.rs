//! Storage hosts in this process or elsewhere, and their health check.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use di_core::ambient::{Ambient, Clock, Entropy, Network, Spawner};
use di_core::{BoxError, BuildError, HealthCheck, component, provider};
use futures_util::future::{join_all, try_join_all};

use crate::config::{Config, HostsConfig};
use crate::host::{HostConfig, StorageHost};

/// Lists the storage hosts of the service.
#[cfg_attr(test, mockall::automock)]
pub trait StorageHosts: Send + Sync {
    /// Returns all hosts, in a stable order.
    fn all(&self) -> Vec<HostAddress>;
}

/// Name and address of a storage host.
#[derive(Clone, Debug, PartialEq)]
pub struct HostAddress {
    /// Name, as recorded in the catalog.
    pub name: String,
    /// Current address: `host:port`.
    pub address: String,
}

impl fmt::Display for HostAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.address)
    }
}

/// Health check that passes if enough hosts accept connections to store an object.
pub struct HostsHealth {
    hosts: Arc<dyn StorageHosts>,
    network: Arc<dyn Network>,
    replicas: usize,
}

#[component]
impl HostsHealth {
    pub fn new(config: &Config, hosts: Arc<dyn StorageHosts>, network: Arc<dyn Network>) -> Self {
        HostsHealth { hosts, network, replicas: config.replicas }
    }
}

#[async_trait]
impl HealthCheck for HostsHealth {
    fn name(&self) -> &str {
        "hosts"
    }

    async fn check(&self) -> Result<(), BoxError> {
        let hosts = self.hosts.all();
        let connecting = hosts.iter().map(|host| self.network.connect(&host.address));
        let reached = join_all(connecting).await.iter().filter(|connected| connected.is_ok()).count();
        if reached < self.replicas {
            return Err(
                format!("{reached} of {} hosts accept connections, {} needed", hosts.len(), self.replicas).into()
            );
        }
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
pub enum HostsError {
    #[error("{replicas} replicas need at least as many hosts, but there are {hosts}: lower --replicas, or add hosts")]
    TooFew { replicas: usize, hosts: usize },
    #[error("--replicas must be at least 1")]
    NoReplica,
    #[error("cannot start host-{number}: {source}")]
    Start { number: usize, source: BuildError },
}

/// Provides the configured hosts: hosts in this process, which share its ambient services, or hosts that run elsewhere.
#[provider]
pub async fn storage_hosts(
    config: &Config,
    clock: Arc<dyn Clock>,
    spawner: Arc<dyn Spawner>,
    entropy: Arc<dyn Entropy>,
    network: Arc<dyn Network>,
) -> Result<Arc<dyn StorageHosts>, HostsError> {
    let ambient = Ambient { clock, spawner, entropy, network };
    let hosts = match &config.hosts {
        HostsConfig::Local(count) => *count,
        HostsConfig::Remote(addresses) => addresses.len(),
    };
    match config.replicas {
        0 => Err(HostsError::NoReplica),
        replicas if replicas > hosts => Err(HostsError::TooFew { replicas, hosts }),
        _ => match &config.hosts {
            HostsConfig::Local(count) => Ok(Arc::new(LocalHosts::start(config, *count, &ambient).await?)),
            HostsConfig::Remote(addresses) => Ok(Arc::new(RemoteHosts(addresses.clone()))),
        },
    }
}

/// Hosts in this process, each with its own directory and port. Dropping this stops them.
struct LocalHosts(Vec<StorageHost>);

impl LocalHosts {
    async fn start(config: &Config, count: usize, ambient: &Ambient) -> Result<Self, HostsError> {
        let hosts = (1..=count).map(|number| async move {
            let data_dir = config.data_dir.join(format!("host-{number}"));
            let config = HostConfig { data_dir, listen: "127.0.0.1:0".to_owned() };
            let built = StorageHost::builder(config).with_ambient(ambient.clone()).build().await;
            built.map_err(|source| HostsError::Start { number, source })
        });
        Ok(LocalHosts(try_join_all(hosts).await?))
    }
}

impl StorageHosts for LocalHosts {
    fn all(&self) -> Vec<HostAddress> {
        let address = |(at, host): (usize, &StorageHost)| HostAddress {
            name: format!("host-{}", at + 1),
            address: host.server.address().to_string(),
        };
        self.0.iter().enumerate().map(address).collect()
    }
}

/// Hosts that run elsewhere, named by their addresses.
struct RemoteHosts(Vec<String>);

impl StorageHosts for RemoteHosts {
    fn all(&self) -> Vec<HostAddress> {
        self.0.iter().map(|address| HostAddress { name: address.clone(), address: address.clone() }).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use di_core::BoxFuture;
    use di_core::ambient::{Connection, Listener};

    use super::*;
    use crate::storage::{Storage, StorageSlice};

    fn slice(config: Config) -> StorageSlice {
        let Ambient { clock, spawner, entropy, network } = Ambient::tokio();
        let slice = Storage::slice().with_config(Arc::new(config)).with_clock(clock).with_spawner(spawner);
        slice.with_entropy(entropy).with_network(network)
    }

    async fn error(hosts: HostsConfig, replicas: usize) -> String {
        let config = Config { hosts, replicas, ..Config::new("/unused") };
        format!("{:?}", slice(config).get::<Arc<dyn StorageHosts>>().await.err().unwrap())
    }

    #[tokio::test]
    async fn more_replicas_than_hosts_are_rejected() {
        let text = error(HostsConfig::Local(2), 3).await;
        assert!(text.contains("3 replicas need at least as many hosts, but there are 2"), "{text}");
        let text = error(HostsConfig::Remote(Vec::new()), 0).await;
        assert!(text.contains("--replicas must be at least 1"), "{text}");
    }

    #[tokio::test]
    async fn too_few_reachable_hosts_are_unhealthy() {
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let config = Config { hosts: HostsConfig::Remote(vec![gone]), replicas: 1, ..Config::new("/unused") };
        let health: Arc<HostsHealth> = slice(config).get().await.unwrap();
        let error = health.check().await.unwrap_err();
        assert_eq!(error.to_string(), "0 of 1 hosts accept connections, 1 needed");
    }

    /// Network on which every operation fails.
    struct BrokenNetwork;

    impl Network for BrokenNetwork {
        fn connect(&self, _: &str) -> BoxFuture<io::Result<Connection>> {
            Box::pin(async { Err(io::Error::other("unplugged")) })
        }

        fn bind(&self, _: &str) -> BoxFuture<io::Result<Box<dyn Listener>>> {
            Box::pin(async { Err(io::Error::other("unplugged")) })
        }
    }

    #[tokio::test]
    async fn local_hosts_use_the_ambient_services_of_the_service() {
        let dir = tempfile::tempdir().unwrap();
        let slice = slice(Config::new(dir.path())).with_network(Arc::new(BrokenNetwork));
        let error = format!("{:?}", slice.get::<Arc<dyn StorageHosts>>().await.err().unwrap());
        assert!(error.contains("cannot start host-") && error.contains("127.0.0.1:0: unplugged"), "{error}");
    }

    #[tokio::test]
    async fn each_local_host_listens_on_its_own_port() {
        let dir = tempfile::tempdir().unwrap();
        let hosts: Arc<dyn StorageHosts> = slice(Config::new(dir.path())).get().await.unwrap();
        let all = hosts.all();
        assert_eq!(all.iter().map(|host| host.name.as_str()).collect::<Vec<_>>(), ["host-1", "host-2", "host-3"]);
        assert!(all[0].address != all[1].address && all[1].address != all[2].address);
    }
}
