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
    forget(target)?;
    fs::create_dir_all(target).with_context(|| format!("cannot create {}", target.display()))?;
    fs::write(&path, stamp).with_context(|| format!("cannot write {}", path.display()))
}

/// Removes cargo's fingerprints of tokio and testkit. They are in a directory for each profile, which may be in one for
/// a target.
fn forget(target: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(target) else { return Ok(()) };
    for entry in entries.filter_map(Result::ok).filter(|entry| entry.path().is_dir()) {
        let fingerprints = entry.path().join(".fingerprint");
        if !fingerprints.is_dir() {
            forget_in_target(&entry.path())?;
        }
        remove_hooked(&fingerprints)?;
    }
    Ok(())
}

fn forget_in_target(target: &Path) -> Result<()> {
    for entry in fs::read_dir(target)?.filter_map(Result::ok) {
        remove_hooked(&entry.path().join(".fingerprint"))?;
    }
    Ok(())
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
