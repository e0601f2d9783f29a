//! Checks that the links between guide pages resolve both in the Markdown files and in rustdoc.

use std::fs;
use std::path::Path;

/// Each page ends with its link definitions, which point to files. `mod.rs` defines the same links to modules, above
/// the `include_str!` of the page. In rustdoc, the first definition wins.
#[test]
fn links_between_pages_resolve_in_files_and_in_rustdoc() {
    for guide in ["di-core/src/guide", "testkit/src/guide"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(guide);
        let modules = fs::read_to_string(folder.join("mod.rs")).unwrap();
        for item in modules.split("\n\n") {
            let Some((links, include)) = item.split_once("#[doc = include_str!(\"") else { continue };
            let (page, _) = include.split_once('"').unwrap();
            let text = fs::read_to_string(folder.join(page)).unwrap();
            assert!(
                !text.contains("](crate::guide::"),
                "{page}: link to other pages by file name, in a definition at the end of the page"
            );
            let to_files = text.lines().filter(|line| line.starts_with("[`"));
            for (label, file) in to_files.filter_map(|line| line.split_once("]: ")) {
                assert!(folder.join(file).exists(), "{page} links to {file}, which does not exist");
                assert!(
                    links.contains(&format!("/// {label}]: ")),
                    "{guide}/mod.rs: define {label}] above the include of {page}"
                );
            }
        }
    }
}
