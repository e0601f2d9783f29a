//! Compile errors: each case in `ui/` pins the output of `cargo check` for one mistake.

#[test]
fn each_mistake_gives_one_error_on_the_users_own_tokens() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

#[cfg(feature = "shaku")]
#[test]
fn each_mistake_with_a_shaku_module_gives_one_error() {
    trybuild::TestCases::new().compile_fail("tests/ui_shaku/*.rs");
}
