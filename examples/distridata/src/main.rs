//! The command line of distridata: each command in a line.

use std::process::ExitCode;

use clap::Parser;
use distridata::cli::{Cli, Command, Options};
use distridata::commands::{self, CommandError};
use distridata::config::Config;
use tokio::runtime::Runtime;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let cli = Cli::parse();
    let runtime = Runtime::new().expect("threads can be started");
    let ended = runtime.block_on(run(cli));
    // A read that blocks, as from a pipe that nobody writes to, does not keep the process from ending.
    runtime.shutdown_background();
    match ended {
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

/// What only shows something leaves nothing behind, unless it is told where.
async fn with_data(
    options: &Options,
    show: impl AsyncFnOnce(Config) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    match &options.data_dir {
        Some(data_dir) => show(options.config(data_dir.clone())).await,
        None => {
            let temporary = tempfile::tempdir().map_err(CommandError::TemporaryDirectory)?;
            show(options.config(temporary.path().into())).await
        }
    }
}
