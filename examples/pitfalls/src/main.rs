//! The command line of the pitfalls.

use std::process::ExitCode;

use clap::Parser;
use pitfalls::cli::Cli;
use pitfalls::{CHAPTERS, telling};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let shown = match cli.chapter {
        Some(chapter) => std::slice::from_ref(chapter),
        None if cli.all => CHAPTERS,
        None => {
            print!("{}", telling::list());
            return ExitCode::SUCCESS;
        }
    };
    for chapter in shown {
        print!("{}", telling::tell(chapter));
    }
    ExitCode::SUCCESS
}
