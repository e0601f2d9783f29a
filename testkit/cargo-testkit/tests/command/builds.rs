//! Workspaces that are compiled and tested. These tests take minutes, and are ignored by default:
//!
//! ```text
//! cargo test -p cargo-testkit --test command -- --ignored
//! ```

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{MetadataCommand, Package};

use crate::workspace::{Workspace, text};

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A program that knows only tokio. It loses a deposit if the other task runs between its two locks.
const PROGRAM: &str = r#"
use std::sync::Arc;
use tokio::sync::Mutex;

pub async fn deposits() -> u32 {
    let balance = Arc::new(Mutex::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let balance = balance.clone();
        tasks.spawn(async move {
            let before = *balance.lock().await;
            *balance.lock().await = before + 1;
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    let total = *balance.lock().await;
    total
}
"#;

/// Tests of the program: what must be found, and what must hold.
const TESTS: &str = r#"
use testkit::Explorer;

#[test]
fn the_lost_deposit_is_found() {
    let outcome = Explorer::new().run(|_| async { assert_eq!(app::deposits().await, 2) });
    let failure = outcome.failure().expect("a deposit is lost");
    assert!(failure.to_string().contains("`lib.rs:"), "{failure}");
}

#[testkit::test]
async fn tasks_behave_as_ever() {
    let waiting = tokio::spawn(std::future::pending::<()>());
    let id = waiting.id();
    waiting.abort();
    let error = waiting.await.unwrap_err();
    assert!(error.is_cancelled() && error.id() == id);
    assert!(tokio::spawn(async { panic!("expected") }).await.unwrap_err().is_panic());
    assert_eq!(tokio::task::spawn_blocking(|| 1).await.unwrap(), 1);
    assert_eq!(tokio::task::block_in_place(|| 2), 2);
    let local = tokio::task::LocalSet::new();
    assert_eq!(local.run_until(async { tokio::task::spawn_local(async { 3 }).await.unwrap() }).await, 3);
    let branch = tokio::select! { () = async {} => 4, () = async {} => 5 };
    assert!(branch == 4 || branch == 5);
    let notify = tokio::sync::Notify::new();
    notify.notify_one();
    notify.notified().await;
}
"#;

/// Creates a workspace of the program, with the versions of this repository's lock file.
fn program() -> Workspace {
    program_at("")
}

/// Creates the workspace in a directory within the temporary one.
fn program_at(path: &str) -> Workspace {
    let repository = Path::new(REPOSITORY).canonicalize().unwrap();
    let manifest = format!(
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\ntokio = {{ version = \"1\", \
         features = [\"full\"] }}\n\n[dev-dependencies]\ntestkit = {{ path = {:?} }}\n",
        repository.join("testkit")
    );
    let workspace = Workspace::at(path);
    workspace.write("Cargo.toml", &manifest).write("src/lib.rs", PROGRAM).write("tests/explored.rs", TESTS);
    fs::copy(repository.join("Cargo.lock"), workspace.root.join("Cargo.lock")).unwrap();
    workspace
}

/// A target directory that these tests share, so that most dependencies are compiled once.
fn shared_target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs")
}

#[track_caller]
fn assert_passes(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = text(&output);
    assert!(output.status.success(), "{text}");
    text
}

#[track_caller]
fn assert_explores(command: &mut Command) -> String {
    let text = assert_passes(command);
    assert!(text.contains("the_lost_deposit_is_found ... ok") && text.contains("2 passed"), "{text}");
    text
}

#[test]
#[ignore = "takes minutes: see the module's documentation"]
fn the_oldest_a_middle_and_the_newest_tokio() {
    let workspace = program();
    for version in ["1.47.0", "1.50.0", "1.54.1"] {
        // The newest tokio-util needs a newer tokio.
        workspace.cargo(&["update", "-q", "-p", "tokio-util", "--precise", "0.7.13"]);
        workspace.cargo(&["update", "-q", "-p", "tokio", "--precise", version]);
        let text = assert_explores(workspace.cargo_testkit("").arg("test").env("CARGO_TARGET_DIR", shared_target()));
        assert!(text.contains(&format!("Hooking tokio v{version}")), "{text}");
    }
}

/// The path has spaces, the command is called in a directory below the package, the user has a wrapper, and a build
/// directory elsewhere.
#[cfg(unix)]
#[test]
#[ignore = "takes minutes: see the module's documentation"]
fn nothing_is_written_outside_of_the_target_directory() {
    use std::os::unix::fs::PermissionsExt;

    let workspace = program_at("with a space/and 'another'");
    workspace.cargo(&["metadata", "--format-version=1"]);
    let log = workspace.root.join("target/calls");
    workspace
        .write(
            "wrapper",
            &format!("#!/bin/sh\necho \"$*\" >> '{}'\nexec \"$@\"\n", log.display().to_string().replace('\'', "'\\''")),
        )
        .write(".cargo/config.toml", "[build]\nbuild-dir = \"elsewhere\"\n")
        .write("target/calls", "");
    let wrapper = workspace.root.join("wrapper");
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();

    let before = workspace.files();
    assert_explores(workspace.cargo_testkit("src").arg("test").env("RUSTC_WRAPPER", &wrapper));
    let added: Vec<_> = workspace.files().difference(&before).map(|(path, _)| path.clone()).collect();
    assert!(added.is_empty(), "{added:?}");
    let calls = fs::read_to_string(&log).unwrap();
    assert!(calls.contains("--crate-name tokio ") && calls.contains("testkit_tokio_hooks"), "the wrapper is called");
    assert!(calls.contains("testkit/sources/tokio-"), "the wrapper compiles the copy");

    // A plain build beside it stays as it is.
    assert!(workspace.root.join("target/testkit/debug").is_dir());
    assert!(!workspace.root.join("target/debug").exists());
    assert!(!workspace.root.join("elsewhere").exists());
}

/// A tokio of the user's own is compiled again when it changes, and refused if the hooks do not fit.
#[test]
#[ignore = "takes minutes: see the module's documentation"]
fn a_patched_tokio() {
    let workspace = program();
    let metadata = MetadataCommand::new().current_dir(REPOSITORY).exec().unwrap();
    let is_tokio = |package: &&Package| package.name == "tokio" && package.version.major == 1;
    let tokio = metadata.packages.iter().find(is_tokio).unwrap();
    let original = tokio.manifest_path.parent().unwrap().as_std_path();
    copy(&original.join("src"), &workspace.root.join("tokio/src"));
    fs::copy(original.join("Cargo.toml"), workspace.root.join("tokio/Cargo.toml")).unwrap();
    let app = fs::read_to_string(workspace.root.join("Cargo.toml")).unwrap();
    workspace.write("Cargo.toml", &format!("{app}\n[patch.crates-io]\ntokio = {{ path = \"tokio\" }}\n"));

    let test = || {
        let mut command = workspace.cargo_testkit("");
        command.arg("test").env("CARGO_TARGET_DIR", shared_target());
        command
    };
    assert_explores(&mut test());
    let library = workspace.root.join("tokio/src/lib.rs");
    let source = fs::read_to_string(&library).unwrap();
    fs::write(&library, format!("{source}\ncompile_error!(\"this is compiled\");\n")).unwrap();
    let output = test().output().unwrap();
    assert!(text(&output).contains("this is compiled"), "{}", text(&output));
    fs::write(&library, &source).unwrap();

    let join = workspace.root.join("tokio/src/runtime/task/join.rs");
    let source = fs::read_to_string(&join).unwrap();
    fs::write(&join, source.replace("self.raw.remote_abort();", "self.raw . remote_abort();")).unwrap();
    let output = test().output().unwrap();
    let text = text(&output);
    assert!(text.contains("do not fit this tokio: its `src/runtime/task/join.rs`"), "{text}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)
        } else {
            fs::write(target, fs::read(entry.path()).unwrap()).unwrap()
        }
    }
}

#[test]
#[ignore = "takes minutes: see the module's documentation"]
fn vendored_dependencies_without_a_network() {
    let workspace = program();
    workspace.cargo(&["vendor", "-q", "vendor"]);
    workspace.write(
        ".cargo/config.toml",
        "[source.crates-io]\nreplace-with = \"vendored-sources\"\n[source.vendored-sources]\ndirectory = \"vendor\"\n",
    );
    assert_explores(workspace.cargo_testkit("").args(["test", "--offline"]));
}

/// A build script, or a package beside the tests, may use less of tokio than the tests do.
#[test]
#[ignore = "takes minutes: see the module's documentation"]
fn the_hooks_compile_with_any_features_of_tokio() {
    for version in ["1.47.0", "1.54.1"] {
        for features in ["", "'sync'", "'macros'", "'rt'", "'rt', 'sync'", "'fs'", "'full'"] {
            let workspace = Workspace::new();
            let tokio =
                format!("tokio = {{ version = '={version}', default-features = false, features = [{features}] }}");
            workspace.package("", "app", "0.1.0", &tokio);
            let target = shared_target();
            let mut check = Command::new(env!("CARGO"));
            check.arg("check").current_dir(&workspace.root).env("CARGO_TARGET_DIR", target.join("features"));
            check.env("RUSTC_WRAPPER", env!("CARGO_BIN_EXE_cargo-testkit"));
            check.env("CARGO_TESTKIT_SOURCES", target.join("sources")).env("CARGO_TESTKIT_NEXT_WRAPPER", "");
            assert_passes(&mut check);
        }
    }
}

/// A program for production is compiled as by cargo itself, where cargo compiles it.
#[test]
#[ignore = "takes minutes: see the module's documentation"]
fn a_release_is_built_as_ever() {
    let workspace = program();
    workspace.write("src/main.rs", "#[tokio::main]\nasync fn main() { println!(\"{}\", app::deposits().await) }\n");
    let text = assert_passes(workspace.cargo_testkit("").args(["run", "--release"]));
    assert!(text.contains('2') && !text.contains("Hooking"), "{text}");
    assert!(workspace.root.join("target/release/app").is_file());
    assert!(!workspace.root.join("target/testkit").exists());
}

/// The options set the variables that tests read. Reports are written next to the compiled code.
#[test]
#[ignore = "takes minutes: see the module's documentation"]
fn a_failure_is_replayed_from_its_report() {
    let workspace = program();
    workspace.write(
        "tests/explored.rs",
        "#[testkit::test]\nasync fn no_deposit_is_lost() {\n    assert_eq!(app::deposits().await, 2);\n}\n",
    );
    let run = |arguments: &[&str]| {
        let output = workspace.cargo_testkit("").args(arguments).output().unwrap();
        assert!(!output.status.success());
        text(&output)
    };
    let found = run(&["--schedules", "5000", "test", "no_deposit_is_lost"]);
    assert!(found.contains("of 5000; "), "{found}");
    assert!(found.contains("timeline  target/testkit/explored-no_deposit_is_lost.html"), "{found}");
    let schedule = found.split("TESTKIT_REPLAY='").nth(1).unwrap().split('\'').next().unwrap();
    assert!(found.contains("cargo testkit test no_deposit_is_lost"), "{found}");
    let replayed = run(&["--replay", schedule, "test", "no_deposit_is_lost"]);
    assert!(replayed.contains("schedule 1 of "), "{replayed}");
}
