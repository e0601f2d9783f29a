//! The command line from a user's point of view: successful commands, and the errors for invalid input.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Temporary working directory, with a data directory in it.
struct TestDir(TempDir);

impl TestDir {
    fn new() -> Self {
        TestDir(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> std::path::PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn run<A: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_distridata"));
        command.current_dir(self.0.path()).arg("--data-dir").arg("data").args(arguments);
        command.env_remove("RUST_LOG");
        Run::new(command.output().unwrap())
    }

    fn put(&self, path: &Path) -> Run {
        self.run(["put".as_ref(), path.as_os_str()])
    }

    /// Returns the output of `ls`.
    fn listed(&self) -> String {
        self.run(["ls"]).success()
    }

    /// Returns the shards that a local host keeps, complete or not.
    fn shards(&self, host: &str) -> Vec<std::path::PathBuf> {
        // A directory exists once it was needed.
        let entries =
            |directory: &str| fs::read_dir(self.path(&format!("data/{host}/{directory}"))).into_iter().flatten();
        entries("shards").chain(entries("incoming")).map(|entry| entry.unwrap().path()).collect()
    }
}

struct Run {
    succeeded: bool,
    output: String,
    error: String,
}

impl Run {
    fn new(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Run { succeeded: output.status.success(), output: text(output.stdout), error: text(output.stderr) }
    }

    #[track_caller]
    fn success(self) -> String {
        assert!(self.succeeded, "{}", self.error);
        assert_eq!(self.error, "");
        self.output
    }

    /// Returns the error message: a single `error:`, and no panic.
    #[track_caller]
    fn failure(self) -> String {
        assert!(!self.succeeded, "{}", self.output);
        assert!(self.error.starts_with("error: ") && !self.error.contains("panicked"), "{}", self.error);
        self.error
    }
}

#[test]
fn the_demo_runs_if_no_command_is_given() {
    let output = TestDir::new().run::<&str>([]).success();
    assert_eq!(output.matches("sha256 equal").count(), 4, "{output}");
}

#[test]
fn files_are_stored_listed_and_fetched_across_processes() {
    let dir = TestDir::new();
    let content = "some bytes\n".repeat(100_000);
    let (one, two) = (dir.file("one.txt", &content), dir.file("two.txt", "2"));
    let output = dir.run(["put".as_ref(), one.as_os_str(), two.as_os_str()]).success();
    assert!(output.contains("one.txt  1100000 bytes  1 shard on host-1, host-2, host-3  sha256 "), "{output}");
    assert_eq!(dir.listed(), output);

    dir.run(["get", "one.txt", "--output", "copy.txt"]).success();
    assert_eq!(fs::read_to_string(dir.path("copy.txt")).unwrap(), content);
    assert_eq!(dir.run(["get", "two.txt", "-o", "-"]).success(), "2");
    for host in ["host-1", "host-2", "host-3"] {
        assert_eq!(dir.shards(host).len(), 2);
    }
}

#[test]
fn storing_a_file_again_replaces_the_old_one() {
    let dir = TestDir::new();
    dir.put(&dir.file("file", "old")).success();
    dir.put(&dir.file("file", "new")).success();
    assert_eq!(dir.run(["get", "file", "-o", "-"]).success(), "new");
    assert_eq!(dir.shards("host-1").len(), 1, "the old shard is gone");
}

#[test]
fn the_start_up_is_reported() {
    let dir = TestDir::new();
    for (format, start) in [("text", "built `App` in "), ("html", "<!DOCTYPE html>")] {
        let output = dir.run(["start-up", "--format", format]).success();
        assert!(output.starts_with(start), "{output}");
        assert!(output.contains("storage"), "{output}");
    }
}

#[test]
fn the_graph_is_drawn_without_building_anything() {
    let dir = TestDir::new();
    for (format, begin) in [
        ("mermaid", "---\ntitle: App\n"),
        ("dot", "digraph \"App\""),
        ("json", "{\n  \"container\""),
        ("html", "<!DOCTYPE html>"),
    ] {
        let output = dir.run(["graph", "--format", format]).success();
        assert!(output.starts_with(begin), "{output}");
    }
    for (container, title) in
        [("app", "App"), ("storage", "Storage"), ("http", "Http"), ("request", "RequestScope"), ("host", "StorageHost")]
    {
        let output = dir.run(["graph", "--container", container]).success();
        assert!(output.starts_with(&format!("---\ntitle: {title}\n")), "{output}");
    }
    assert!(!dir.path("data").exists());
}

#[test]
fn the_error_names_a_missing_file() {
    let dir = TestDir::new();
    let error = dir.put(&dir.path("nope.txt")).failure();
    assert!(error.contains("cannot read") && error.contains("nope.txt: No such file or directory"), "{error}");
    assert_eq!(dir.listed(), "");
}

#[test]
fn an_empty_file_and_a_directory_are_rejected() {
    let dir = TestDir::new();
    let error = dir.put(&dir.file("empty", "")).failure();
    assert!(error.ends_with("empty was not stored: the content is empty\n"), "{error}");
    fs::create_dir(dir.path("directory")).unwrap();
    let error = dir.put(&dir.path("directory")).failure();
    assert!(error.contains("directory: is a directory"), "{error}");
    assert_eq!(dir.listed(), "");
}

#[test]
fn other_files_are_stored_if_one_fails() {
    let dir = TestDir::new();
    let good = dir.file("good", "good");
    let error = dir.run(["put".as_ref(), "nope".as_ref(), good.as_os_str(), "neither".as_ref()]).failure();
    assert!(error.starts_with("error: 2 of 3 files were not stored:\n  cannot read nope: "), "{error}");
    assert!(dir.listed().starts_with("good  4 bytes"));
}

#[test]
fn two_files_with_the_same_name_are_rejected_before_anything_is_stored() {
    let dir = TestDir::new();
    dir.file("same", "1");
    fs::create_dir(dir.path("other")).unwrap();
    dir.file("other/same", "2");
    let error = dir.run(["put", "same", "other/same"]).failure();
    assert!(error.contains("same and other/same would both be stored as `same`"), "{error}");
    assert!(!dir.path("data").exists());
}

#[test]
fn the_error_names_a_host_that_is_down() {
    let dir = TestDir::new();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let file = dir.file("file", "content");
    let error = dir.run(["--hosts".as_ref(), address.as_ref(), "put".as_ref(), file.as_os_str()]).failure();
    assert!(error.contains(&format!("{address}) cannot be reached: Connection refused")), "{error}");
    assert_eq!(dir.listed(), "");
}

#[test]
fn more_replicas_than_hosts_are_rejected() {
    let dir = TestDir::new();
    let file = dir.file("file", "content");
    let error = dir.run(["put".as_ref(), file.as_os_str(), "--replicas".as_ref(), "4".as_ref()]).failure();
    assert!(error.contains("4 replicas need at least as many hosts, but there are 3"), "{error}");
}

#[test]
fn the_error_names_a_data_directory_that_is_a_file() {
    let dir = TestDir::new();
    dir.file("data", "a file where the directory should be");
    let error = dir.put(&dir.file("file", "content")).failure();
    assert!(error.contains("cannot use data") && error.contains("as a data directory"), "{error}");
    let error = dir.run(["ls"]).failure();
    assert!(error.contains("`catalog` (SqliteCatalog) failed: cannot use data as a data directory"), "{error}");
}

#[cfg(unix)]
#[test]
fn the_error_names_a_data_directory_that_is_not_writable() {
    use std::os::unix::fs::PermissionsExt;

    let dir = TestDir::new();
    let data = dir.path("data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(data.join("probe"), "").is_ok() {
        // root can write to every directory except a few, such as /proc.
        let error = dir.run(["ls", "--data-dir", "/proc/distridata"]).failure();
        assert!(error.contains("cannot use /proc/distridata as a data directory"), "{error}");
        return;
    }
    let error = dir.put(&dir.file("file", "content")).failure();
    assert!(error.contains("Permission denied"), "{error}");
}

#[test]
fn a_damaged_catalog_is_reported_and_left_unchanged() {
    let dir = TestDir::new();
    fs::create_dir(dir.path("data")).unwrap();
    let damaged = dir.file("data/catalog.db", "this is not a database, but it is long enough ".repeat(50));
    let before = fs::read(&damaged).unwrap();
    for run in [dir.put(&dir.file("file", "content")), dir.run(["ls"]), dir.run(["get", "file"])] {
        let error = run.failure();
        assert!(error.contains("catalog.db is damaged: file is not a database"), "{error}");
        assert!(error.contains("move it away to start with an empty one"), "{error}");
    }
    assert_eq!(fs::read(&damaged).unwrap(), before);
}

#[test]
fn getting_a_missing_object_or_writing_to_a_missing_directory_fails() {
    let dir = TestDir::new();
    let error = dir.run(["get", "nothing"]).failure();
    assert_eq!(error, "error: there is no object `nothing`\n");
    dir.put(&dir.file("file", "content")).success();
    let error = dir.run(["get", "file", "--output", "nowhere/file"]).failure();
    assert!(error.contains("cannot write nowhere/file"), "{error}");
}

#[test]
fn a_tampered_shard_is_not_written_to_the_output() {
    let dir = TestDir::new();
    dir.put(&dir.file("file", "content")).success();
    for host in ["host-1", "host-2", "host-3"] {
        fs::write(&dir.shards(host)[0], "Content").unwrap();
    }
    let error = dir.run(["get", "file", "--output", "copy"]).failure();
    assert!(error.contains("is damaged: its digest is"), "{error}");
    assert!(!dir.path("copy").exists());
}

#[test]
fn a_lost_shard_is_read_from_another_host() {
    let dir = TestDir::new();
    dir.put(&dir.file("file", "content")).success();
    fs::remove_file(&dir.shards("host-1")[0]).unwrap();
    fs::write(&dir.shards("host-2")[0], "cont").unwrap();
    assert_eq!(dir.run(["get", "file", "-o", "-"]).success(), "content");
}

#[test]
fn an_invalid_option_is_explained() {
    let dir = TestDir::new();
    let run = dir.run(["--hosts", "three", "ls"]);
    assert!(!run.succeeded);
    assert!(run.error.contains("`three` is neither a number of hosts nor an address"), "{}", run.error);
}

/// Waits for a process and returns its result. Kills it and panics after 30 s.
#[cfg(unix)]
#[track_caller]
fn finished(mut running: std::process::Child) -> Run {
    for _ in 0..3_000 {
        if running.try_wait().unwrap().is_some() {
            return Run::new(running.wait_with_output().unwrap());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    running.kill().unwrap();
    panic!("the process did not end within 30 s: {}", Run::new(running.wait_with_output().unwrap()).error);
}

#[cfg(unix)]
#[test]
fn a_terminated_put_is_rolled_back() {
    use std::process::Stdio;

    let dir = TestDir::new();
    // The pipe stays open, so the put runs until it is terminated.
    let fifo = dir.path("endless");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let mut command = Command::new(env!("CARGO_BIN_EXE_distridata"));
    command.current_dir(dir.0.path()).args(["--data-dir", "data", "put", "endless"]);
    let running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Written from another thread, so the pipe cannot block the test. The content is longer than a shard of 64
    // MiB, so one shard is stored completely while the pipe stays open.
    std::thread::spawn(move || {
        let mut pipe = fs::OpenOptions::new().write(true).open(&fifo).unwrap();
        let block = vec![7; 1024 * 1024];
        for _ in 0..66 {
            std::io::Write::write_all(&mut pipe, &block).unwrap();
        }
        std::thread::park();
    });
    let kept = || fs::read_dir(dir.path("data/host-1/shards")).map_or(0, |entries| entries.count());
    let deadline = Instant::now() + Duration::from_secs(30);
    while kept() == 0 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(Command::new("kill").args(["-TERM", &running.id().to_string()]).status().unwrap().success());
    let error = finished(running).failure();
    assert!(error.contains("endless was not stored: the content cannot be read: interrupted by a signal"), "{error}");
    assert_eq!(dir.listed(), "");
    assert!(dir.shards("host-1").is_empty(), "the stored shard is deleted");
}

#[cfg(unix)]
#[test]
fn a_terminated_server_shuts_down_gracefully() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    let dir = TestDir::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_distridata"));
    command.current_dir(dir.0.path()).args(["--data-dir", "data", "serve", "--listen", "127.0.0.1:0"]);
    let mut running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(running.stdout.take().unwrap()).lines();
    let coordinator = lines.map(Result::unwrap).find(|line| line.starts_with("coordinator")).unwrap();
    assert!(coordinator.contains("http://127.0.0.1:"), "{coordinator}");
    assert!(Command::new("kill").args(["-TERM", &running.id().to_string()]).status().unwrap().success());
    finished(running).success();
}

/// A signal at any time ends the server without a panic: while it is built, started, running or stopped.
#[cfg(unix)]
#[test]
fn a_server_can_be_terminated_at_any_time() {
    use std::process::Stdio;

    for delay in [1, 2, 4, 8, 16, 32, 64, 128] {
        let dir = TestDir::new();
        let mut command = Command::new(env!("CARGO_BIN_EXE_distridata"));
        command.current_dir(dir.0.path()).args(["--data-dir", "data", "serve", "--listen", "127.0.0.1:0"]);
        let running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        assert!(Command::new("kill").args(["-TERM", &running.id().to_string()]).status().unwrap().success());
        let run = finished(running);
        // A signal before the process listens ends it at once, without output.
        let is_interrupted = run.error.contains("was interrupted") || run.error.is_empty();
        assert!(run.succeeded || is_interrupted, "after {delay} ms: {}", run.error);
    }
}
