//! The README's first example is this package's source.

#[test]
fn the_readme_shows_this_file() {
    let readme = include_str!("../../../README.md");
    let source = include_str!("../src/main.rs");
    let (_, from_first_block) = readme.split_once("```rust\n").expect("a block of Rust");
    let (first_block, _) = from_first_block.split_once("```").expect("its end");
    assert!(first_block == source, "copy examples/quickstart/src/main.rs into the first block of README.md");
    assert!(source.lines().count() <= 80);
}
