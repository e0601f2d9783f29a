//! Every compile error of `#[testkit::test]` is on the user's own tokens, and says what to write.

#[test]
fn each_mistake_gives_one_error() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
