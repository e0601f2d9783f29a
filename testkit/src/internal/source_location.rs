//! Short names of source files.

/// Returns the name of a source file without its directories: `replicate.rs`. Common names, such as `mod.rs`, keep
/// their parent directory, unless that is `src`: `storage/mod.rs`.
fn file_name(path: &str) -> &str {
    let is_slash = |character| matches!(character, '/' | '\\');
    let Some(slash) = path.rfind(is_slash) else { return path };
    let name = &path[slash + 1..];
    let folder = path[..slash].rfind(is_slash).map_or(0, |before| before + 1);
    let is_common = matches!(name, "lib.rs" | "main.rs" | "mod.rs") && &path[folder..slash] != "src";
    if is_common { &path[folder..] } else { name }
}

/// Returns a source line in short: `replicate.rs:42`, or `kameo/spawn.rs:42` in a package from a registry.
pub(crate) fn short_place(file: &str, line: u32) -> String {
    match registry_package(file) {
        Some(package) => format!("{package}/{}:{line}", file_name(file)),
        None => format!("{}:{line}", file_name(file)),
    }
}

/// The directory of cargo's home with the sources of packages from registries.
pub(crate) const REGISTRY: &str = "/registry/src/";

/// Returns the name of the package from a registry that contains a source file.
fn registry_package(file: &str) -> Option<&str> {
    let (_, after) = file.split_once(REGISTRY)?;
    let package = after.split('/').nth(1)?;
    let is_version = |rest: &str| rest.split('.').next().is_some_and(|major| major.parse::<u64>().is_ok());
    let dash = package.match_indices('-').map(|(dash, _)| dash).find(|dash| is_version(&package[dash + 1..]));
    Some(dash.map_or(package, |dash| &package[..dash]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_file_name_keeps_its_directory() {
        assert_eq!(file_name("app/src/replicate.rs"), "replicate.rs");
        assert_eq!(file_name("app/src/storage/mod.rs"), "storage/mod.rs");
        assert_eq!(file_name("storage/mod.rs"), "storage/mod.rs");
        assert_eq!(file_name("app\\tests\\story\\main.rs"), "story\\main.rs");
        assert_eq!(file_name("app/src/main.rs"), "main.rs");
        assert_eq!(file_name("main.rs"), "main.rs");
    }

    #[test]
    fn a_place_in_a_dependency_names_its_package() {
        let place = |package: &str| short_place(&format!("/cargo/registry/src/index-1/{package}/src/spawn.rs"), 7);
        assert_eq!(place("kameo-0.22.2"), "kameo/spawn.rs:7");
        assert_eq!(place("x-2d-1.0.0-rc.1"), "x-2d/spawn.rs:7");
        assert_eq!(short_place("app/src/spawn.rs", 7), "spawn.rs:7");
    }
}
