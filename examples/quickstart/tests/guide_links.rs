//! The guides' pages link to each other where they are read as files, and in the documentation.

use std::fs;
use std::path::Path;

/// A link of a page stands at its end, to a file. Where the page is included, the same link stands before it, to a module,
/// and is the one that counts there.
#[test]
fn links_between_pages_hold_in_both() {
    for guide in ["di-core/src/guide", "testkit/src/guide"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(guide);
        let modules = fs::read_to_string(folder.join("mod.rs")).unwrap();
        for item in modules.split("\n\n") {
            let Some((links, include)) = item.split_once("#[doc = include_str!(\"") else { continue };
            let (page, _) = include.split_once('"').unwrap();
            let text = fs::read_to_string(folder.join(page)).unwrap();
            assert!(
                !text.contains("](crate::guide::"),
                "{page}: a link to another page stands at the end, to its file"
            );
            let to_files = text.lines().filter(|line| line.starts_with("[`"));
            for (label, file) in to_files.filter_map(|line| line.split_once("]: ")) {
                assert!(folder.join(file).exists(), "{page}: there is no {file}");
                assert!(links.contains(&format!("/// {label}]: ")), "{guide}/mod.rs: {label}] is missing above {page}");
            }
        }
    }
}
