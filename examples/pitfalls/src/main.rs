//! Command line of the pitfalls example.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use pitfalls::cli::Cli;
use pitfalls::{CHAPTERS, render};

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader has closed the pipe, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> io::Result<()> {
    let mut output = io::stdout().lock();
    let chapters = match cli.chapter {
        Some(chapter) => std::slice::from_ref(chapter),
        None if cli.all => CHAPTERS,
        None => return output.write_all(render::chapter_list().as_bytes()),
    };
    for chapter in chapters {
        let (wrong, fixed) = ((chapter.run_wrong)(), (chapter.run_fixed)());
        output.write_all(render::chapter(chapter, &wrong, &fixed).as_bytes())?;
        if wrong.passed || !fixed.passed {
            let problem = "the wrong code must fail, and the fixed code must pass; see the two reports above";
            return Err(io::Error::other(format!("unexpected result in chapter `{}`: {problem}", chapter.name)));
        }
    }
    Ok(())
}
