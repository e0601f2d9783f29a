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
use crate::process;
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
    let mut command = Command::new(&cargo);
    let message = if arguments.is_release_without_tests() {
        // Programs for production are built as usual, in the ordinary target directory.
        "Passing to cargo, without hooks: a release without tests".to_owned()
    } else {
        add_hooks(&mut command, &cargo, &mut arguments)?
    };
    if !arguments.is_quiet() {
        eprintln!("     {message}");
    }
    command.args(arguments.all()).envs(options.environment());
    process::run(command)
}

/// Makes cargo compile tokio with the hooks. Returns a message for the user. Removes the target directory from the
/// arguments.
fn add_hooks(command: &mut Command, cargo: &OsString, arguments: &mut CargoArguments) -> Result<String> {
    // Before cargo is called, which would fail with an error that does not say what to do.
    arguments.check_config()?;
    let program = env::current_exe().context("cannot find this program")?;
    let wrapper = users_wrapper(&program)?;
    let given_target = arguments.take_target_directory();
    let workspace = Workspace::load(cargo, arguments)?;
    let tokio = workspace.tokio()?;
    let target = given_target.map_or_else(|| workspace.target_directory(), PathBuf::from).join(TARGET);
    let target = std::path::absolute(&target).with_context(|| format!("cannot find {}", target.display()))?;
    stamp::renew(&target)?;
    command.env("CARGO_TARGET_DIR", &target).env("CARGO_BUILD_BUILD_DIR", &target);
    command.env("RUSTC_WRAPPER", &program).env(SOURCES, target.join("sources"));
    command.env(NEXT_WRAPPER, wrapper.unwrap_or_default());
    Ok(format!("Hooking tokio v{} in {}", tokio.version, target.display()))
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
