//! The copy of tokio's source that gets the hooks.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::hooks;

/// A copy of tokio's source, with the hooks.
pub(super) struct TokioCopy {
    /// The copied `lib.rs`.
    pub(super) input: PathBuf,
    /// Directory of the original package, as cargo names it. May be relative.
    pub(super) original: PathBuf,
    /// Directory of the copy.
    pub(super) copy: PathBuf,
}

impl TokioCopy {
    /// Copies the package of `input`, a file in its directory `src`, to `copy`, and adds the hooks.
    pub(super) fn create(input: &Path, copy: &Path) -> Result<Self> {
        let root = input.parent().context("tokio's source file has no directory")?;
        let original = root.parent().unwrap_or(Path::new(""));
        let sources = copy.join("src");
        if copy.exists() {
            fs::remove_dir_all(copy).with_context(|| format!("cannot replace {}", copy.display()))?;
        }
        copy_directory(root, &sources)?;
        // Documentation may include texts beside the sources.
        for file in fs::read_dir(if original == Path::new("") { Path::new(".") } else { original })? {
            let file = file?;
            if file.file_type()?.is_file() {
                fs::copy(file.path(), copy.join(file.file_name()))?;
            }
        }
        hooks::add_to(&sources)?;
        let input = sources.join(input.file_name().context("tokio's source file has no name")?);
        Ok(TokioCopy { input, original: original.to_owned(), copy: copy.to_owned() })
    }

    /// Returns the options by which debug information and panics name the original source. Its lines are the same.
    pub(super) fn remapping(&self) -> [OsString; 2] {
        let mut pair = self.copy.clone().into_os_string();
        pair.push("=");
        pair.push(&self.original);
        ["--remap-path-prefix".into(), pair]
    }
}

fn copy_directory(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_directory(&entry.path(), &target)?;
        } else {
            // Written anew, because the files of some registries cannot be written.
            let source = fs::read(entry.path()).with_context(|| format!("cannot read {}", entry.path().display()))?;
            fs::write(&target, source).with_context(|| format!("cannot write {}", target.display()))?;
        }
    }
    Ok(())
}
