//! The arguments with which cargo calls rustc.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// A call of rustc.
pub(super) struct Invocation<'a> {
    arguments: &'a [OsString],
}

impl<'a> Invocation<'a> {
    pub(super) fn new(arguments: &'a [OsString]) -> Self {
        Invocation { arguments }
    }

    pub(super) fn crate_name(&self) -> Option<&'a str> {
        self.option("--crate-name")?.to_str()
    }

    /// Returns the source file.
    pub(super) fn input(&self) -> Option<&'a Path> {
        Some(Path::new(&self.arguments[self.input_position()?]))
    }

    fn input_position(&self) -> Option<usize> {
        let is_source = |argument: &OsString| Path::new(argument).extension() == Some(OsStr::new("rs"));
        // The first argument is the compiler.
        Some(1 + self.arguments.iter().skip(1).position(is_source)?)
    }

    /// Returns the value of an option with a value of its own.
    fn option(&self, name: &str) -> Option<&'a OsStr> {
        let position = self.arguments.iter().position(|argument| argument == name)?;
        Some(self.arguments.get(position + 1)?)
    }

    /// Returns the value of an option `-C name=value`.
    pub(super) fn codegen_option(&self, name: &str) -> Option<&'a str> {
        self.arguments.windows(2).filter(|pair| pair[0] == "-C").find_map(|pair| {
            let (option, value) = pair[1].to_str()?.split_once('=')?;
            (option == name).then_some(value)
        })
    }

    /// Returns the path of the file that lists the sources, if rustc writes one.
    pub(super) fn dep_info(&self) -> Option<PathBuf> {
        let name = format!("{}{}.d", self.crate_name()?, self.codegen_option("extra-filename").unwrap_or_default());
        Some(Path::new(self.option("--out-dir")?).join(name))
    }

    /// Returns the arguments with another source file, and with `more` arguments.
    pub(super) fn with_input(&self, input: &Path, more: &[OsString]) -> Vec<OsString> {
        let mut arguments = self.arguments.to_vec();
        if let Some(position) = self.input_position() {
            arguments[position] = input.into();
        }
        arguments.extend_from_slice(more);
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn finds_the_parts_of_a_call() {
        let arguments = arguments(
            "/bin/rustc --crate-name tokio --edition=2021 /src/tokio/src/lib.rs --out-dir /target/deps -C metadata=1 -C \
             extra-filename=-2",
        );
        let invocation = Invocation::new(&arguments);
        assert_eq!(invocation.crate_name(), Some("tokio"));
        assert_eq!(invocation.input(), Some(Path::new("/src/tokio/src/lib.rs")));
        assert_eq!(invocation.dep_info(), Some(PathBuf::from("/target/deps/tokio-2.d")));
        let changed = invocation.with_input(Path::new("/copy/lib.rs"), &["-v".into()]);
        assert_eq!(changed[4], "/copy/lib.rs");
        assert_eq!(changed.last().unwrap(), "-v");
    }

    #[test]
    fn a_query_of_cargo_has_no_source_file() {
        let arguments = arguments("/bin/rustc - --crate-name ___ --print=file-names");
        assert_eq!(Invocation::new(&arguments).input(), None);
    }
}
