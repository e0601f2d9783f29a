//! The arguments that are passed on to cargo.

use std::ffi::{OsStr, OsString};

use anyhow::{Result, bail};

/// Subcommands that compile, with their short names.
const SUBCOMMANDS: &[&str] = &["test", "t", "nextest", "run", "r", "build", "b", "bench", "check", "c", "clippy"];

/// Options of `cargo testkit` that no subcommand of cargo has.
const OWN_OPTIONS: &[&str] = &["--schedules", "--seed", "--shard", "--replay"];

/// Options without a value that `cargo metadata` needs as well.
const METADATA_FLAGS: &[&str] = &["--offline", "--locked", "--frozen", "--all-features", "--no-default-features"];

/// Options with a value that `cargo metadata` needs as well.
const METADATA_OPTIONS: &[&str] = &["--manifest-path", "--config", "--features", "-F", "-Z"];

/// Options that select targets which are compiled with development dependencies.
const TEST_TARGETS: &[&str] =
    &["--tests", "--test", "--benches", "--bench", "--examples", "--example", "--all-targets"];

/// A subcommand of cargo, and its arguments.
pub(super) struct CargoArguments {
    arguments: Vec<OsString>,
}

impl CargoArguments {
    /// # Errors
    /// Returns an error if the subcommand does not compile.
    pub(super) fn new(arguments: &[OsString]) -> Result<Self> {
        let arguments = arguments.to_vec();
        let subcommand = arguments.first().map(|first| first.to_string_lossy().into_owned()).unwrap_or_default();
        if subcommand.starts_with('-') {
            bail!("`{subcommand}` is not an option of `cargo testkit`; `cargo testkit --help` lists them");
        }
        if !SUBCOMMANDS.contains(&subcommand.as_str()) {
            let is_near = |name: &&&str| name.len() > 1 && strsim::damerau_levenshtein(name, &subcommand) <= 2;
            let near = SUBCOMMANDS.iter().find(is_near).map(|name| format!(". Did you mean `{name}`?"));
            bail!(
                "`cargo testkit` runs subcommands that compile: test, nextest, run, build, bench, check, clippy. It \
                 cannot run `{subcommand}`{}",
                near.unwrap_or_default()
            );
        }
        let arguments = CargoArguments { arguments };
        let is_own = |argument: &&OsString| OWN_OPTIONS.iter().any(|option| has_name(argument, option));
        if let Some(option) = arguments.cargos_own().iter().find(is_own) {
            bail!(
                "`{0}` is an option of `cargo testkit`: write it before the subcommand, as in `cargo testkit {0} .. \
                 {subcommand}`",
                option.display()
            );
        }
        Ok(arguments)
    }

    pub(super) fn all(&self) -> &[OsString] {
        &self.arguments
    }

    /// Returns the arguments before `--`, which are cargo's own.
    fn cargos_own(&self) -> &[OsString] {
        let end = self.arguments.iter().position(|argument| argument == "--");
        &self.arguments[..end.unwrap_or(self.arguments.len())]
    }

    /// Removes `--target-dir` and returns its value.
    pub(super) fn take_target_directory(&mut self) -> Option<OsString> {
        let position = self.cargos_own().iter().position(|argument| has_name(argument, "--target-dir"))?;
        let argument = self.arguments.remove(position);
        match value_after_equals(&argument) {
            Some(value) => Some(value),
            None => (position < self.arguments.len()).then(|| self.arguments.remove(position)),
        }
    }

    /// Returns the arguments that `cargo metadata` needs as well.
    pub(super) fn for_metadata(&self) -> Vec<OsString> {
        let mut found = Vec::new();
        let mut arguments = self.cargos_own().iter();
        while let Some(argument) = arguments.next() {
            let is = |names: &[&str]| names.iter().any(|name| has_name(argument, name));
            if is(METADATA_FLAGS) {
                found.push(argument.clone());
            } else if is(METADATA_OPTIONS) {
                found.push(argument.clone());
                if value_after_equals(argument).is_none() {
                    found.extend(arguments.next().cloned());
                }
            }
        }
        found
    }

    /// Returns whether this builds a program for production: with the release profile, and without a target that has
    /// development dependencies.
    pub(super) fn is_release_without_tests(&self) -> bool {
        let own = self.cargos_own();
        let builds = own.first().is_some_and(|first| ["build", "b", "run", "r"].iter().any(|name| first == name));
        let is_release = own.iter().any(|argument| argument == "--release" || argument == "-r")
            || own.iter().any(|argument| argument == "--profile=release")
            || own.windows(2).any(|pair| pair[0] == "--profile" && pair[1] == "release");
        let has_tests = own.iter().any(|argument| TEST_TARGETS.iter().any(|name| has_name(argument, name)));
        builds && is_release && !has_tests
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.cargos_own().iter().any(|argument| argument == "-q" || argument == "--quiet")
    }

    /// # Errors
    /// Returns an error if a `--config` sets a wrapper, which takes precedence over that of this program.
    pub(super) fn check_config(&self) -> Result<()> {
        if self.cargos_own().iter().any(|argument| argument.to_string_lossy().contains("build.rustc-wrapper")) {
            bail!(
                "`--config build.rustc-wrapper` replaces the wrapper by which `cargo testkit` adds its hooks. Set \
                 RUSTC_WRAPPER instead: `cargo testkit` calls that wrapper, too"
            );
        }
        Ok(())
    }
}

/// Returns whether an argument is this option, with or without a value after an equals sign.
fn has_name(argument: &OsStr, name: &str) -> bool {
    argument
        .to_str()
        .and_then(|argument| argument.strip_prefix(name))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
}

fn value_after_equals(argument: &OsStr) -> Option<OsString> {
    argument.to_str()?.split_once('=').map(|(_, value)| value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> CargoArguments {
        CargoArguments::new(&line.split(' ').map(OsString::from).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn the_target_directory_is_taken() {
        for line in ["test --target-dir out -p a -- --target-dir x", "test --target-dir=out -p a -- --target-dir x"] {
            let mut arguments = parsed(line);
            assert_eq!(arguments.take_target_directory().unwrap(), "out");
            assert_eq!(arguments.all(), parsed("test -p a -- --target-dir x").all());
        }
        assert_eq!(parsed("test -- --target-dir x").take_target_directory(), None);
    }

    #[test]
    fn metadata_gets_what_changes_the_dependencies() {
        let arguments = parsed("test --offline -p a --features=x --manifest-path b/Cargo.toml name -- --locked");
        assert_eq!(arguments.for_metadata(), ["--offline", "--features=x", "--manifest-path", "b/Cargo.toml"]);
    }

    #[test]
    fn only_a_release_without_tests_is_built_without_hooks() {
        for line in ["build --release", "run -r -p a", "b --profile release", "build --profile=release"] {
            assert!(parsed(line).is_release_without_tests(), "{line}");
        }
        for line in ["build", "test --release", "build --release --tests", "run --release --example soak", "bench"] {
            assert!(!parsed(line).is_release_without_tests(), "{line}");
        }
    }
}
