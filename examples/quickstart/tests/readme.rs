//! Checks that the first example in the README is the source of this package.

#[test]
fn the_readme_shows_main_rs() {
    let readme = include_str!("../../../README.md");
    let source = include_str!("../src/main.rs");
    let (_, from_first_block) = readme.split_once("```rust\n").expect("the README has a Rust block");
    let (first_block, _) = from_first_block.split_once("```").expect("the block is closed");
    assert!(first_block == source, "copy examples/quickstart/src/main.rs into the first Rust block of README.md");
    assert!(source.lines().count() <= 80);
}
