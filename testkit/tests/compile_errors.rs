//! Compile errors of `#[testkit::test]`: each case in `ui/` pins the message for one mistake.

#[test]
fn each_mistake_gives_one_error() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
