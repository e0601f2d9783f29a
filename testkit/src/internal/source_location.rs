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

/// Returns a source line in short: `replicate.rs:42`.
pub(crate) fn short_place(file: &str, line: u32) -> String {
    format!("{}:{line}", file_name(file))
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
}
