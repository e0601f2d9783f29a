//! The command line of the pitfalls.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use pitfalls::cli::Cli;
use pitfalls::{CHAPTERS, telling};

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        // Who reads it has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> io::Result<()> {
    let mut output = io::stdout().lock();
    let shown = match cli.chapter {
        Some(chapter) => std::slice::from_ref(chapter),
        None if cli.all => CHAPTERS,
        None => return output.write_all(telling::list().as_bytes()),
    };
    for chapter in shown {
        let (wrong, right) = ((chapter.wrong)(), (chapter.right)());
        output.write_all(telling::tell(chapter, &wrong, &right).as_bytes())?;
        if wrong.is_pass || !right.is_pass {
            let problem = "its wrong code passes, or its mended code fails: see the two reports above";
            return Err(io::Error::other(format!("`{}` does not come to what it tells; {problem}", chapter.name)));
        }
    }
    Ok(())
}
