//! Standard output that may be a closed pipe.

use std::fmt::Display;
use std::io::{self, Write};

use super::CommandError;

/// Writes a line to standard output. Ignores a closed pipe, as when the output is piped to `head`.
pub(super) fn line(text: impl Display) -> Result<(), CommandError> {
    match writeln!(io::stdout().lock(), "{text}") {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            Err(CommandError::Write { path: "standard output".into(), source })
        }
        _ => Ok(()),
    }
}

/// Writes a line to standard output, if that is possible.
pub(super) fn announce(text: impl Display) {
    _ = line(text);
}
