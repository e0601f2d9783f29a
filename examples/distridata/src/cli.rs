//! Arguments of the command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use axum::http::uri::Authority;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::{Config, HostsConfig};

/// Replicates files across storage hosts.
///
/// Without a command, runs a demo: starts three hosts and a coordinator, replicates a file, and reads it back from each
/// host.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    #[command(flatten)]
    pub options: GlobalOptions,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Clone, Debug, Args)]
pub struct GlobalOptions {
    /// Directory of the catalog and the shards [default: distridata-data; without a command, a temporary directory]
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Number of hosts to start in this process, or addresses of running hosts, such as 127.0.0.1:7001,127.0.0.1:7002
    #[arg(long, global = true, value_name = "N|ADDRESSES", default_value = "3")]
    pub hosts: HostsConfig,
    /// Number of hosts that keep each shard [default: 3, or the number of hosts if lower]
    #[arg(long, global = true, value_name = "N")]
    pub replicas: Option<usize>,
}

#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Store files, each under its file name
    Put {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Fetch an object
    Get {
        name: String,
        /// Output file; `-` is standard output [default: name of the object, in the current directory]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// List all objects
    Ls,
    /// Draw the wiring of the service
    Graph {
        /// Container to draw
        #[arg(long, value_enum, default_value_t = GraphContainer::App)]
        container: GraphContainer,
        #[arg(long, value_enum, default_value_t = GraphFormat::Mermaid)]
        format: GraphFormat,
    },
    /// Show how long each constructor takes when the service starts
    StartUp {
        #[arg(long, value_enum, default_value_t = StartUpFormat::Text)]
        format: StartUpFormat,
    },
    /// Run the coordinator until Ctrl-C
    Serve {
        #[arg(long, default_value = "127.0.0.1:7000")]
        listen: SocketAddr,
    },
    /// Run one storage host until Ctrl-C
    Host {
        #[arg(long, default_value = "127.0.0.1:7001")]
        listen: SocketAddr,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum GraphFormat {
    Mermaid,
    Dot,
    Json,
    /// A self-contained page
    Html,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum StartUpFormat {
    Text,
    /// A self-contained page
    Html,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum GraphContainer {
    /// The service with its modules
    App,
    /// Storage of objects
    Storage,
    /// HTTP handlers
    Http,
    /// Scope of a single request
    Request,
    /// A storage host
    Host,
}

impl GlobalOptions {
    /// Returns the requested data directory, or the default one.
    pub fn data_dir(&self) -> PathBuf {
        self.data_dir.clone().unwrap_or_else(|| "distridata-data".into())
    }

    /// Returns the configuration with `data_dir` as the data directory.
    pub fn config(&self, data_dir: PathBuf) -> Config {
        let hosts = match &self.hosts {
            HostsConfig::Local(count) => *count,
            HostsConfig::Remote(addresses) => addresses.len(),
        };
        let replicas = self.replicas.unwrap_or(hosts.min(3));
        Config { hosts: self.hosts.clone(), replicas, ..Config::new(data_dir) }
    }
}

/// Maximum number of hosts that one process starts.
const MAX_LOCAL_HOSTS: usize = 100;

impl FromStr for HostsConfig {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(count) = text.parse::<usize>() {
            return match count {
                1..=MAX_LOCAL_HOSTS => Ok(HostsConfig::Local(count)),
                _ => Err(format!("this process can start 1 to {MAX_LOCAL_HOSTS} hosts")),
            };
        }
        let mut addresses: Vec<String> = Vec::new();
        for part in text.split(',') {
            let address = part.trim().to_owned();
            if !is_address(&address) {
                return Err(format!("`{part}` is neither a number of hosts nor an address like 127.0.0.1:7001"));
            }
            if addresses.contains(&address) {
                return Err(format!("{address} is given twice"));
            }
            addresses.push(address);
        }
        Ok(HostsConfig::Remote(addresses))
    }
}

/// Returns whether `text` is `host:port`, as in a URL.
fn is_address(text: &str) -> bool {
    let authority = text.parse::<Authority>();
    authority.is_ok_and(|parsed| parsed.port_u16().is_some() && !parsed.host().is_empty() && !text.contains('@'))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_definition_is_valid() {
        Cli::command().debug_assert();
    }

    #[test]
    fn hosts_are_given_as_a_number_or_as_addresses() {
        assert_eq!("5".parse(), Ok(HostsConfig::Local(5)));
        let remote = |addresses: [&str; 2]| HostsConfig::Remote(addresses.map(str::to_owned).into());
        assert_eq!("127.0.0.1:1, [::1]:2".parse(), Ok(remote(["127.0.0.1:1", "[::1]:2"])));
        assert_eq!("host-1:7001,host-2:7001".parse(), Ok(remote(["host-1:7001", "host-2:7001"])));
        assert!("0".parse::<HostsConfig>().unwrap_err().starts_with("this process can start 1 to 100 hosts"));
        for wrong in ["three", "host-1:", ":7001", "host-1:70000", "a b:1", "me@host-1:1", "127.0.0.1:1,", "host-1:1/"]
        {
            assert!(wrong.parse::<HostsConfig>().unwrap_err().contains("neither a number"), "{wrong}");
        }
        assert!("127.0.0.1:1,127.0.0.1:1".parse::<HostsConfig>().unwrap_err().contains("twice"));
    }

    #[test]
    fn replicas_default_to_at_most_the_number_of_hosts() {
        let replicas = |arguments: &[&str]| {
            let arguments = ["distridata"].iter().chain(arguments);
            Cli::try_parse_from(arguments).unwrap().options.config("unused".into()).replicas
        };
        assert_eq!([replicas(&[]), replicas(&["--hosts", "2"]), replicas(&["--hosts", "9"])], [3, 2, 3]);
        assert_eq!(replicas(&["--hosts", "2", "--replicas", "5"]), 5);
    }
}
