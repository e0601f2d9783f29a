//! Runs another program in place of this one.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

/// Exit code of a failure that has no code of its own, as for cargo.
pub(crate) const FAILURE: u8 = 101;

/// Runs a program, and returns its exit code.
///
/// # Errors
/// Returns an error if the program cannot be started.
pub(crate) fn run(mut command: Command) -> Result<ExitCode> {
    let status = command.status().with_context(|| format!("cannot run {}", command.get_program().display()))?;
    // A program that a signal ended has no code.
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(FAILURE)))
}
