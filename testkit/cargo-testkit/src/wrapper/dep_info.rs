//! The list of source files that rustc writes for cargo, in the format of make.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::tokio_copy::TokioCopy;
use crate::hooks::MODULE_FILE;

/// Replaces the paths of the copy with those of the original, so that cargo compiles tokio again if it is changed.
pub(super) fn restore_paths(file: &Path, copy: &TokioCopy) -> Result<()> {
    // rustc writes no list if it fails.
    let Ok(list) = fs::read_to_string(file) else { return Ok(()) };
    let list = restored(&list, &copy.copy, &copy.original);
    fs::write(file, list).with_context(|| format!("cannot write {}", file.display()))
}

fn restored(list: &str, copy: &Path, original: &Path) -> String {
    // The module with the hooks has no original. It has a rule of its own, and is in the rules of the outputs.
    let module = escaped(&copy.join("src").join(MODULE_FILE));
    let is_kept = |line: &&str| line.strip_prefix(&module) != Some(":");
    let lines = list.lines().filter(is_kept).map(|line| format!("{}\n", line.replace(&format!(" {module}"), "")));
    // `join` adds the separator, unless the original is the current directory.
    let (from, to) = (escaped(&copy.join("src")), escaped(&original.join("src")));
    lines.collect::<String>().replace(&from, &to)
}

/// Returns a path as it is written in the list.
fn escaped(path: &Path) -> String {
    path.display().to_string().replace(' ', "\\ ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_names_the_original() {
        let list = "deps/tokio.d: /a\\ b/copy/src/lib.rs /a\\ b/copy/src/testkit_hooks.rs\n\n/a\\ b/copy/src/lib.rs:\n\
                    /a\\ b/copy/src/testkit_hooks.rs:\n# env-dep:X\n";
        let copy = Path::new("/a b/copy");
        assert_eq!(
            restored(list, copy, Path::new("/tokio")),
            "deps/tokio.d: /tokio/src/lib.rs\n\n/tokio/src/lib.rs:\n# env-dep:X\n"
        );
        assert!(restored(list, copy, Path::new("")).starts_with("deps/tokio.d: src/lib.rs\n"));
    }
}
