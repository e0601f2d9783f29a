//! Compiles tokio and testkit again when the hooks have changed. cargo does not notice that, because the hooks are part
//! of its wrapper.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::hooks;

/// Makes cargo compile tokio and testkit again if they were compiled with other hooks.
pub(super) fn renew(target: &Path) -> Result<()> {
    let (path, stamp) = (target.join("hooks.stamp"), hooks::fingerprint().to_string());
    if fs::read_to_string(&path).is_ok_and(|before| before == stamp) {
        return Ok(());
    }
    // Fingerprints are in the directory of a profile, which may be in that of a target.
    forget(target, 2)?;
    fs::create_dir_all(target).with_context(|| format!("cannot create {}", target.display()))?;
    fs::write(&path, stamp).with_context(|| format!("cannot write {}", path.display()))
}

/// Removes cargo's fingerprints of tokio and testkit from a directory, and from `levels` levels of directories in it.
fn forget(directory: &Path, levels: u32) -> Result<()> {
    remove_hooked(&directory.join(".fingerprint"))?;
    let Ok(entries) = fs::read_dir(directory) else { return Ok(()) };
    let directories = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_dir());
    if levels > 0 { directories.into_iter().try_for_each(|path| forget(&path, levels - 1)) } else { Ok(()) }
}

fn remove_hooked(fingerprints: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(fingerprints) else { return Ok(()) };
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let package = name.rsplit_once('-').map(|(package, _)| package);
        if matches!(package, Some("tokio" | "testkit")) {
            fs::remove_dir_all(entry.path()).with_context(|| format!("cannot remove {}", entry.path().display()))?;
        }
    }
    Ok(())
}
