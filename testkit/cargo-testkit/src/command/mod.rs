//! The cargo subcommand.

mod cargo_arguments;
mod options;
mod stamp;
mod workspace;

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use cargo_config2::Config;

use crate::environment::{NEXT_WRAPPER, SOURCES};
use cargo_arguments::CargoArguments;
use options::Options;
use workspace::Workspace;

/// Directory within the target directory, for all that is compiled with the hooks.
const TARGET: &str = "testkit";

/// Runs the cargo subcommand. `arguments` are those after the name of the program.
pub(crate) fn run(arguments: Vec<OsString>) -> Result<ExitCode> {
    let options = Options::parse(arguments);
    let mut arguments = CargoArguments::new(&options.command)?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    if arguments.is_release_without_tests() {
        // Programs for production are built as ever, in the ordinary target directory.
        if !arguments.is_quiet() {
            eprintln!("     Passing to cargo, without hooks: a release without tests");
        }
        let mut command = Command::new(&cargo);
        command.args(arguments.all()).envs(options.environment());
        return status(command);
    }
    // Before cargo is called, which would fail with an error that does not say what to do.
    arguments.check_config()?;
    let program = env::current_exe().context("cannot find this program")?;
    let wrapper = users_wrapper(&program)?;
    let given_target = arguments.take_target_directory();
    let workspace = Workspace::load(&cargo, &arguments)?;
    let target = given_target.map_or_else(|| workspace.target_directory(), PathBuf::from).join(TARGET);
    let target = std::path::absolute(&target).with_context(|| format!("cannot find {}", target.display()))?;

    let mut command = Command::new(&cargo);
    command.args(arguments.all()).envs(options.environment());
    let tokio = workspace.tokio()?;
    stamp::renew(&target)?;
    command.env("CARGO_TARGET_DIR", &target).env("CARGO_BUILD_BUILD_DIR", &target);
    command.env("RUSTC_WRAPPER", &program).env(SOURCES, target.join("sources"));
    command.env(NEXT_WRAPPER, wrapper.unwrap_or_default());
    if !arguments.is_quiet() {
        eprintln!("     Hooking tokio v{} in {}", tokio.version, target.display());
    }
    status(command)
}

fn status(mut command: Command) -> Result<ExitCode> {
    let status = command.status().with_context(|| format!("cannot run {}", command.get_program().display()))?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(101)))
}

/// Returns the wrapper that the user has set, for example sccache.
fn users_wrapper(program: &Path) -> Result<Option<PathBuf>> {
    if let Some(next) = env::var_os(NEXT_WRAPPER) {
        // A test calls `cargo testkit` under `cargo testkit`.
        return Ok(Some(PathBuf::from(next)));
    }
    let config = Config::load().context("cannot read cargo's configuration")?;
    let Some(wrapper) = config.build.rustc_wrapper.filter(|wrapper| wrapper != program) else { return Ok(None) };
    // A wrapper that cannot be called would fail for each crate, with an error that names this program instead.
    match Command::new(&wrapper).arg("--version").output() {
        Ok(_) => Ok(Some(wrapper)),
        Err(error) => bail!(
            "the wrapper {} cannot be run: {error}. `cargo testkit` calls it for each crate, because RUSTC_WRAPPER or \
             `build.rustc-wrapper` names it. Install it, or set RUSTC_WRAPPER to an empty text",
            wrapper.display()
        ),
    }
}
