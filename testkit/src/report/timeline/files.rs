//! Chooses the directory of timelines, and writes their files.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Timeline;
use crate::executor::has_tokio_hooks;

/// Directory that timelines are written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Folder {
    path: PathBuf,
    /// The path as messages show it.
    shown: String,
}

/// Error returned when a timeline cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("not written: no `target` directory found. Set TESTKIT_TIMELINE to a directory, or to `off`")]
    NoFolder,
    #[error("not written: cannot write {path}: {source}. Set TESTKIT_TIMELINE to another directory, or to `off`")]
    Write { path: String, source: io::Error },
}

impl Folder {
    /// Returns the directory named by `TESTKIT_TIMELINE`, or else `testkit` in Cargo's target directory. Returns `None`
    /// if timelines are turned off.
    ///
    /// # Errors
    /// Returns [`FileError::NoFolder`] if there is no target directory.
    pub(crate) fn from_environment() -> Option<Result<Self, FileError>> {
        match env::var("TESTKIT_TIMELINE").unwrap_or_default().as_str() {
            "off" | "0" => None,
            "" => {
                let here = env::current_dir().unwrap_or_default();
                let target = env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty()).map(PathBuf::from);
                let target = target.or_else(|| target_of(&env::current_exe().ok()?)).or_else(|| target_above(&here));
                let folder = target.map(|target| Folder::new(within(target), &here));
                Some(folder.ok_or(FileError::NoFolder))
            }
            folder => Some(Ok(Folder { path: folder.into(), shown: folder.to_owned() })),
        }
    }

    /// Shows the path relative to the enclosing package or workspace, if it is inside.
    fn new(path: PathBuf, here: &Path) -> Self {
        let root = here.ancestors().find(|root| root.join("Cargo.toml").is_file() && path.starts_with(root));
        let shown = root.and_then(|root| path.strip_prefix(root).ok()).unwrap_or(&path).display().to_string();
        Folder { path, shown }
    }

    /// Writes the timeline of a test's failure as a page and as a trace. `number` counts the test's failures from 1.
    /// Returns the page's path as messages show it.
    ///
    /// # Errors
    /// Returns [`FileError::Write`] if one of the files cannot be written.
    pub(crate) fn write(&self, test: &str, number: usize, timeline: &Timeline<'_>) -> Result<String, FileError> {
        let name = file_stem(test, number);
        for (extension, text) in [("html", timeline.to_html()), ("trace.json", timeline.to_chrome_trace())] {
            let file = format!("{name}.{extension}");
            let result = fs::create_dir_all(&self.path).and_then(|()| fs::write(self.path.join(&file), text));
            result.map_err(|source| FileError::Write { path: format!("{}/{file}", self.shown), source })?;
        }
        Ok(format!("{}/{name}.html", self.shown))
    }
}

/// Returns the directory of timelines within a target directory. Under `cargo testkit`, these are the same.
fn within(target: PathBuf) -> PathBuf {
    if has_tokio_hooks() && target.ends_with("testkit") { target } else { target.join("testkit") }
}

/// Converts the name of a test to a file name without an extension.
fn file_stem(test: &str, number: usize) -> String {
    let name = test.replace("r#", "").replace("::", "-");
    let is_safe = |character: char| character.is_alphanumeric() || "-_.".contains(character);
    let name: String = name.chars().map(|character| if is_safe(character) { character } else { '-' }).collect();
    if number == 1 { name } else { format!("{name}-{number}") }
}

/// Returns the target directory that contains a test executable, recognized by Cargo's marker files.
fn target_of(executable: &Path) -> Option<PathBuf> {
    let is_target = |folder: &&Path| CARGO_MARKERS.iter().any(|file| folder.join(file).is_file());
    executable.ancestors().skip(1).find(is_target).map(Path::to_owned)
}

const CARGO_MARKERS: [&str; 2] = ["CACHEDIR.TAG", ".rustc_info.json"];

/// Returns the directory `target` in this directory or in the nearest parent that has one.
fn target_above(here: &Path) -> Option<PathBuf> {
    here.ancestors().map(|folder| folder.join("target")).find(|target| target.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_test_and_failure_has_its_own_file_stem() {
        assert_eq!(file_stem("app::store::r#loop", 1), "app-store-loop");
        assert_eq!(file_stem("app::store::it_stores", 3), "app-store-it_stores-3");
        assert_eq!(file_stem("../a b/c", 1), "..-a-b-c");
    }

    #[test]
    fn the_target_directory_is_found_from_the_executable_and_from_the_working_directory() {
        let root = tempfile::tempdir().unwrap();
        let (target, package) = (root.path().join("target"), root.path().join("app"));
        for folder in [&target.join("debug/deps"), &package] {
            fs::create_dir_all(folder).unwrap();
        }
        assert_eq!(target_of(&target.join("debug/deps/app-1")), None);
        for file in [target.join("CACHEDIR.TAG"), root.path().join("Cargo.toml")] {
            fs::write(file, "").unwrap();
        }
        assert_eq!(target_of(&target.join("debug/deps/app-1")), Some(target.clone()));
        assert_eq!(target_above(&package), Some(target.clone()));
        assert_eq!(Folder::new(target.join("testkit"), &package).shown, "target/testkit");
        let elsewhere = Folder::new("/elsewhere/testkit".into(), &package);
        assert_eq!(elsewhere.shown, "/elsewhere/testkit");
    }
}
