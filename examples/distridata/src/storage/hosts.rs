use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use di_core::ambient::{Ambient, Clock, Entropy, Network, Spawner};
use di_core::{BoxError, BuildError, HealthCheck, component, provider};
use futures_util::future::{join_all, try_join_all};

use crate::config::{Config, HostsConfig};
use crate::host::{HostConfig, StorageHost};

/// The storage hosts that there are.
#[cfg_attr(test, mockall::automock)]
pub trait StorageHosts: Send + Sync {
    /// All of them, in an order that does not change.
    fn all(&self) -> Vec<HostAddress>;
}

/// A storage host, and where it listens.
#[derive(Clone, Debug, PartialEq)]
pub struct HostAddress {
    /// Its name, which the catalogue remembers.
    pub name: String,
    /// Where it listens now: `host:port`.
    pub address: String,
}

impl fmt::Display for HostAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.address)
    }
}

/// Whether enough hosts take connections for an object to be stored.
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
            return Err(format!("{reached} of {} take connections, {} are needed", hosts.len(), self.replicas).into());
        }
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
pub enum HostsError {
    #[error(
        "{replicas} replicas need as many hosts, but there are {hosts}: ask for fewer with --replicas, or add hosts"
    )]
    TooFew { replicas: usize, hosts: usize },
    #[error("an object needs a replica: --replicas is 0")]
    NoReplica,
    #[error("host-{number} does not start: {source}")]
    Start { number: usize, source: BuildError },
}

/// The choice at run time: hosts in this process, or hosts that run elsewhere. Those in this process have its services.
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

/// Hosts in this process, each with a directory and a port of its own. They stop as this is dropped.
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
        slice(config).get::<Arc<dyn StorageHosts>>().await.err().unwrap().to_string()
    }

    #[tokio::test]
    async fn more_replicas_than_hosts_are_refused() {
        let text = error(HostsConfig::Local(2), 3).await;
        assert!(text.contains("3 replicas need as many hosts, but there are 2"), "{text}");
        let text = error(HostsConfig::Remote(Vec::new()), 0).await;
        assert!(text.contains("an object needs a replica"), "{text}");
    }

    #[tokio::test]
    async fn too_few_hosts_that_take_connections_are_unhealthy() {
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let config = Config { hosts: HostsConfig::Remote(vec![gone]), replicas: 1, ..Config::new("/unused") };
        let health: Arc<HostsHealth> = slice(config).get().await.unwrap();
        let error = health.check().await.unwrap_err();
        assert_eq!(error.to_string(), "0 of 1 take connections, 1 are needed");
    }

    /// A network that no address can be had of.
    struct Unplugged;

    impl Network for Unplugged {
        fn connect(&self, _: &str) -> BoxFuture<io::Result<Connection>> {
            Box::pin(async { Err(io::Error::other("unplugged")) })
        }

        fn bind(&self, _: &str) -> BoxFuture<io::Result<Box<dyn Listener>>> {
            Box::pin(async { Err(io::Error::other("unplugged")) })
        }
    }

    #[tokio::test]
    async fn local_hosts_have_the_services_of_the_service() {
        let dir = tempfile::tempdir().unwrap();
        let slice = slice(Config::new(dir.path())).with_network(Arc::new(Unplugged));
        let error = slice.get::<Arc<dyn StorageHosts>>().await.err().unwrap().to_string();
        assert!(error.contains(" does not start: ") && error.contains("127.0.0.1:0: unplugged"), "{error}");
    }

    #[tokio::test]
    async fn local_hosts_listen_each_on_a_port_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let hosts: Arc<dyn StorageHosts> = slice(Config::new(dir.path())).get().await.unwrap();
        let all = hosts.all();
        assert_eq!(all.iter().map(|host| host.name.as_str()).collect::<Vec<_>>(), ["host-1", "host-2", "host-3"]);
        assert!(all[0].address != all[1].address && all[1].address != all[2].address);
    }
}
