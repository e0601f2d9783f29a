//! `cargo testkit`: runs cargo with hooks in tokio, so that its tasks are tasks of testkit's simulations.
//!
//! The program has two jobs. As a cargo subcommand, it runs cargo with itself as `RUSTC_WRAPPER`. As that wrapper, it
//! compiles each crate as usual, with two exceptions: instead of tokio, it compiles a copy with hooks, and it compiles
//! testkit with a `cfg` that shows that the hooks are there.

mod command;
mod environment;
mod hooks;
mod process;
mod wrapper;

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let result = if wrapper::is_wrapper_call(&arguments) { wrapper::run(&arguments) } else { command::run(arguments) };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(process::FAILURE)
    })
}
