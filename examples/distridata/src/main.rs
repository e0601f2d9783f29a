//! Command line of distridata. Dispatches each command.

use std::process::ExitCode;

use clap::Parser;
use distridata::cli::{Cli, Command, GlobalOptions};
use distridata::commands::{self, CommandError};
use distridata::config::Config;
use tokio::runtime::Runtime;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let cli = Cli::parse();
    let runtime = Runtime::new().expect("threads can be started");
    let result = runtime.block_on(run(cli));
    // A blocking read, such as from an idle pipe, must not keep the process alive.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(Cli { options, command }: Cli) -> Result<(), CommandError> {
    let config = || options.config(options.data_dir());
    match command {
        None => with_data(&options, commands::demo).await,
        Some(Command::Put { files }) => commands::put(config(), &files).await,
        Some(Command::Get { name, output }) => commands::get(config(), &name, output.as_deref()).await,
        Some(Command::Ls) => commands::ls(config()).await,
        Some(Command::Graph { container, format }) => commands::graph(container, format),
        Some(Command::StartUp { format }) => with_data(&options, |config| commands::start_up(config, format)).await,
        Some(Command::Serve { listen }) => commands::serve(Config { listen: listen.to_string(), ..config() }).await,
        Some(Command::Host { listen }) => commands::host(options.data_dir(), listen).await,
    }
}

/// Runs a command that stores nothing permanently. Uses a temporary directory unless `--data-dir` is given.
async fn with_data(
    options: &GlobalOptions,
    command: impl AsyncFnOnce(Config) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    match &options.data_dir {
        Some(data_dir) => command(options.config(data_dir.clone())).await,
        None => {
            let temporary = tempfile::tempdir().map_err(CommandError::TemporaryDirectory)?;
            command(options.config(temporary.path().into())).await
        }
    }
}
