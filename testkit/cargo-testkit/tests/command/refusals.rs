//! Errors for workspaces and arguments that cannot work. Each error names a solution. The packages here are empty.

use std::process::Command;

use crate::workspace::{Workspace, text};

/// Asserts that a command fails with these texts, and returns what it printed.
#[track_caller]
fn assert_refused(command: &mut Command, expected: &[&str]) -> String {
    let output = command.output().unwrap();
    let text = text(&output);
    assert!(!output.status.success(), "{text}");
    for expected in expected {
        assert!(text.contains(expected), "`{expected}` is missing:\n{text}");
    }
    text
}

const OWN: &str = env!("CARGO_PKG_VERSION");

/// A package with tests, testkit, and a tokio of this version.
fn with_tokio(version: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace
        .package("", "app", "0.1.0", "testkit = { path = 'testkit' }\ntokio = { path = 'tokio' }")
        .package("testkit", "testkit", OWN, "tokio = { path = '../tokio' }\ndi-core = { path = '../di-core' }")
        .package("di-core", "di-core", OWN, "")
        .package("tokio", "tokio", version, "");
    workspace
}

#[test]
fn a_workspace_without_testkit() {
    let workspace = Workspace::new();
    workspace.package("", "app", "0.1.0", "tokio = { path = 'tokio' }").package("tokio", "tokio", "1.54.0", "");
    let text = assert_refused(
        workspace.cargo_testkit("").arg("test"),
        &["error: no package of this workspace depends on testkit", "dev-dependencies", "path = \"../di/testkit\""],
    );
    assert!(!text.contains("panicked"), "{text}");
}

#[test]
fn a_tokio_that_is_not_known() {
    for version in ["1.99.0", "1.30.0"] {
        let workspace = with_tokio(version);
        assert_refused(
            workspace.cargo_testkit("").arg("test"),
            &["knows tokio 1.47 to 1.54, but the workspace has", version, "cargo update -p tokio --precise VERSION"],
        );
    }
}

/// Registries have a package `testkit` that has nothing to do with this one.
#[test]
fn another_package_with_the_name_of_testkit() {
    let workspace = Workspace::new();
    workspace.package("", "app", "0.1.0", "testkit = { path = 'testkit' }").package("testkit", "testkit", "0.2.2", "");
    assert_refused(
        workspace.cargo_testkit("").arg("test"),
        &["testkit 0.2.2 of this workspace is another package of that name", "dev-dependencies"],
    );
}

#[test]
fn two_tokios() {
    let workspace = with_tokio("1.54.0");
    workspace
        .package("", "app", "0.1.0", "testkit = { path = 'testkit' }\nold = { path = 'old' }")
        .package("old", "old", "3.2.1", "tokio = { path = '../tokio-02' }")
        .package("tokio-02", "tokio", "0.2.25", "");
    assert_refused(
        workspace.cargo_testkit("").arg("test"),
        &["several versions of tokio", "tokio 0.2.25, for old 3.2.1", "tokio 1.54.0, for testkit"],
    );
}

/// A member that has nothing to do with testkit may use any tokio.
#[test]
fn a_member_without_testkit_may_use_another_tokio() {
    let workspace = with_tokio("1.99.0");
    workspace
        .write("all/Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"app\", \"other\"]\n")
        .package("all/app", "app", "0.1.0", "testkit = { path = '../../testkit' }")
        .package("all/other", "other", "0.1.0", "tokio = { path = '../../tokio-02' }")
        .package("tokio-02", "tokio", "0.2.25", "");
    // The error is about the tokio of the tests.
    assert_refused(workspace.cargo_testkit("all/app").arg("test"), &["but the workspace has 1.99.0"]);
}

#[test]
fn another_version_of_testkit() {
    let workspace = with_tokio("1.54.0");
    let needs = "tokio = { path = '../tokio' }\ndi-core = { path = '../di-core' }";
    workspace.package("testkit", "testkit", "7.8.9", needs);
    assert_refused(
        workspace.cargo_testkit("").arg("test"),
        &["the workspace has testkit 7.8.9", "cargo install --path ", "/testkit/cargo-testkit"],
    );
}

#[test]
fn a_wrapper_that_is_in_the_way() {
    let workspace = with_tokio("1.54.0");
    assert_refused(
        workspace.cargo_testkit("").args(["test", "--config", "build.rustc-wrapper = '/bin/true'"]),
        &["replaces the wrapper by which `cargo testkit` adds its hooks", "Set RUSTC_WRAPPER instead"],
    );
    assert_refused(
        workspace.cargo_testkit("").arg("test").env("RUSTC_WRAPPER", "no-such-wrapper"),
        &["the wrapper no-such-wrapper cannot be run", "RUSTC_WRAPPER"],
    );
}

#[test]
fn a_subcommand_that_does_not_compile() {
    let workspace = with_tokio("1.54.0");
    assert_refused(
        workspace.cargo_testkit("").arg("fmt"),
        &["test, nextest, run, build, bench, check, clippy", "cannot run `fmt`"],
    );
    assert_refused(workspace.cargo_testkit("").arg("tset"), &["cannot run `tset`. Did you mean `test`?"]);
}

#[test]
fn wrong_options() {
    let workspace = with_tokio("1.54.0");
    assert_refused(workspace.cargo_testkit("").args(["--shard", "9/8", "test"]), &["1/8"]);
    assert_refused(workspace.cargo_testkit("").args(["--seed", "x", "test"]), &["--seed"]);
    assert_refused(workspace.cargo_testkit("").args(["--time", "10x", "test"]), &["500ms, 30s, 5m or 2h"]);
    assert_refused(workspace.cargo_testkit("").args(["--replay", "x", "test"]), &["from `v1:` on"]);
    assert_refused(workspace.cargo_testkit("").args(["--schedule", "5", "test"]), &["`--schedule` is not an option"]);
    assert_refused(
        workspace.cargo_testkit("").args(["test", "--schedules", "9"]),
        &["`--schedules` is an option of `cargo testkit`: write it before the subcommand"],
    );
    assert_refused(&mut workspace.cargo_testkit(""), &["SUBCOMMAND"]);
}

/// cargo's own message says what is wrong with a manifest.
#[test]
fn a_directory_without_a_manifest() {
    let workspace = Workspace::new();
    let text = assert_refused(workspace.cargo_testkit("").arg("test"), &["could not find `Cargo.toml`"]);
    assert!(!text.contains("error: error:"), "{text}");
}

#[test]
fn the_help_fits_on_a_screen() {
    let workspace = Workspace::new();
    let output = workspace.cargo_testkit("").arg("--help").output().unwrap();
    let text = text(&output);
    assert!(output.status.success() && text.contains("cargo testkit test"), "{text}");
    assert!(text.lines().count() <= 24 && text.lines().all(|line| line.len() <= 100), "{text}");
}
