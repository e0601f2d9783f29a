//! The wrapper around rustc.

mod dep_info;
mod invocation;
mod tokio_copy;

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::environment::{NEXT_WRAPPER, SOURCES};
use crate::hooks::KnownVersions;
use crate::process;
use invocation::Invocation;
use tokio_copy::TokioCopy;

/// The cfg by which the package testkit knows that tokio has the hooks.
const HOOKS_CFG: &str = "testkit_tokio_hooks";

/// Returns whether cargo calls the program as a wrapper: with the path of rustc, or of another wrapper, first.
pub(crate) fn is_wrapper_call(arguments: &[OsString]) -> bool {
    let is_program = |argument: &OsString| argument != "testkit" && !argument.to_string_lossy().starts_with('-');
    env::var_os(SOURCES).is_some() && arguments.first().is_some_and(is_program)
}

/// Compiles a crate.
pub(crate) fn run(arguments: &[OsString]) -> Result<ExitCode> {
    let invocation = Invocation::new(arguments);
    let package = env::var("CARGO_PKG_NAME").unwrap_or_default();
    if package == "tokio"
        && invocation.crate_name() == Some("tokio")
        && is_known_version()
        && let Some(input) = invocation.input()
    {
        return compile_tokio(&invocation, input);
    }
    if package == "testkit" {
        // The library, and its own tests.
        let mut arguments = arguments.to_vec();
        arguments.extend(["--cfg".into(), HOOKS_CFG.into()]);
        return compile(&arguments);
    }
    compile(arguments)
}

/// Returns whether the package that is compiled, a tokio, has a known version. The subcommand refuses other versions,
/// unless only packages without testkit use them.
fn is_known_version() -> bool {
    let number = |name| env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    KnownVersions::contain(number("CARGO_PKG_VERSION_MAJOR"), number("CARGO_PKG_VERSION_MINOR"))
}

fn compile_tokio(invocation: &Invocation<'_>, input: &Path) -> Result<ExitCode> {
    let sources = PathBuf::from(env::var_os(SOURCES).context("the directory for sources is not set")?);
    let name = format!("tokio{}", invocation.codegen_option("extra-filename").unwrap_or_default());
    let copy = TokioCopy::create(input, &sources.join(name))?;
    let code = compile(&invocation.with_input(&copy.input, &copy.remapping()))?;
    if let Some(file) = invocation.dep_info() {
        dep_info::restore_paths(&file, &copy)?;
    }
    Ok(code)
}

/// Runs rustc, through the user's own wrapper if there is one.
fn compile(arguments: &[OsString]) -> Result<ExitCode> {
    let next = env::var_os(NEXT_WRAPPER).filter(|wrapper| !wrapper.is_empty());
    let mut line = next.iter().chain(arguments);
    let mut command = Command::new(line.next().context("cargo named no compiler")?);
    command.args(line);
    process::run(command)
}
