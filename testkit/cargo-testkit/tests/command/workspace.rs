//! A workspace in a temporary directory.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A directory with packages, which is removed when it is dropped.
pub(crate) struct Workspace {
    _directory: TempDir,
    pub(crate) root: PathBuf,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        Workspace::at("")
    }

    /// Creates the workspace in a directory within the temporary one.
    pub(crate) fn at(path: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap().join(path);
        fs::create_dir_all(&root).unwrap();
        Workspace { _directory: directory, root }
    }

    /// Writes a file, and the directories above it.
    pub(crate) fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.root.join(path);
        assert!(path.starts_with(&self.root));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// Writes a package with an empty library.
    pub(crate) fn package(&self, path: &str, name: &str, version: &str, dependencies: &str) -> &Self {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n"
        );
        let file = |name: &str| Path::new(path).join(name).display().to_string();
        self.write(&file("Cargo.toml"), &manifest).write(&file("src/lib.rs"), "")
    }

    /// Returns `cargo testkit`, to be called in a directory of the workspace.
    pub(crate) fn cargo_testkit(&self, directory: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-testkit"));
        command.arg("testkit").current_dir(self.root.join(directory));
        // The tests themselves may run under `cargo testkit`.
        for name in ["RUSTC_WRAPPER", "CARGO_TESTKIT_SOURCES", "CARGO_TESTKIT_NEXT_WRAPPER", "CARGO_TARGET_DIR"] {
            command.env_remove(name);
        }
        command.env_remove("CARGO_BUILD_BUILD_DIR").env("TESTKIT_REGRESSIONS", "off");
        command
    }

    /// Calls cargo itself.
    pub(crate) fn cargo(&self, arguments: &[&str]) {
        let output = Command::new(env!("CARGO")).args(arguments).current_dir(&self.root).output().unwrap();
        assert!(output.status.success(), "cargo {arguments:?}:\n{}", text(&output));
    }

    /// Returns all files outside of the target directory, with their contents.
    pub(crate) fn files(&self) -> BTreeSet<(PathBuf, Vec<u8>)> {
        let mut files = BTreeSet::new();
        add_files(&self.root, &mut files);
        files
    }
}

fn add_files(directory: &Path, files: &mut BTreeSet<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let content = fs::read(&path).unwrap();
            files.insert((path, content));
        } else if path.file_name() != Some("target".as_ref()) {
            add_files(&path, files);
        }
    }
}

/// Returns what a command printed.
pub(crate) fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
