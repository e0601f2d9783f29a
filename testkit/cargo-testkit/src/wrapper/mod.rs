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
    match invocation.crate_name() {
        Some("tokio") if package == "tokio" && is_known_version() && invocation.input().is_some() => {
            compile_tokio(&invocation)
        }
        // The library, and its own tests.
        _ if package == "testkit" => {
            let mut arguments = arguments.to_vec();
            arguments.extend(["--cfg".into(), HOOKS_CFG.into()]);
            compile(&arguments)
        }
        _ => compile(arguments),
    }
}

/// Returns whether the crate that is compiled has a version of tokio that takes the hooks. The subcommand has refused
/// others, except if testkit does not use them.
fn is_known_version() -> bool {
    let number = |name| env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    KnownVersions::contain(number("CARGO_PKG_VERSION_MAJOR"), number("CARGO_PKG_VERSION_MINOR"))
}

fn compile_tokio(invocation: &Invocation<'_>) -> Result<ExitCode> {
    let sources = PathBuf::from(env::var_os(SOURCES).context("the directory for sources is not set")?);
    let input = invocation.input().context("rustc gets no source file of tokio")?;
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
    let mut command = next.iter().chain(arguments);
    let program = command.next().context("cargo named no compiler")?;
    let status = Command::new(program)
        .args(command)
        .status()
        .with_context(|| format!("cannot run {}", Path::new(program).display()))?;
    // rustc has no code if a signal ended it.
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(101)))
}
