//! The command line, as a user meets it: what works, and what bad input gets.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A directory with a data directory in it.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Place(tempfile::tempdir().unwrap())
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

    /// What the catalogue has.
    fn listed(&self) -> String {
        self.run(["ls"]).success()
    }

    /// Names of the shards that a local host keeps, whole or not.
    fn shards(&self, host: &str) -> Vec<std::path::PathBuf> {
        let entries = |directory: &str| fs::read_dir(self.path(&format!("data/{host}/{directory}"))).unwrap();
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

    /// The message of a failure: one `error:`, and no panic.
    #[track_caller]
    fn failure(self) -> String {
        assert!(!self.succeeded, "{}", self.output);
        assert!(self.error.starts_with("error: ") && !self.error.contains("panicked"), "{}", self.error);
        self.error
    }
}

#[test]
fn without_a_command_it_shows_what_it_does() {
    let output = Place::new().run::<&str>([]).success();
    assert_eq!(output.matches("sha256 equal").count(), 4, "{output}");
}

#[test]
fn a_file_is_stored_listed_and_fetched_by_other_processes() {
    let place = Place::new();
    let content = "some bytes\n".repeat(100_000);
    let (one, two) = (place.file("one.txt", &content), place.file("two.txt", "2"));
    let output = place.run(["put".as_ref(), one.as_os_str(), two.as_os_str()]).success();
    assert!(output.contains("one.txt  1100000 bytes  1 shard on host-1, host-2, host-3  sha256 "), "{output}");
    assert_eq!(place.listed(), output);

    place.run(["get", "one.txt", "--output", "copy.txt"]).success();
    assert_eq!(fs::read_to_string(place.path("copy.txt")).unwrap(), content);
    assert_eq!(place.run(["get", "two.txt", "-o", "-"]).success(), "2");
    for host in ["host-1", "host-2", "host-3"] {
        assert_eq!(place.shards(host).len(), 2);
    }
}

#[test]
fn a_file_that_is_stored_again_takes_the_place_of_the_old_one() {
    let place = Place::new();
    place.put(&place.file("file", "old")).success();
    place.put(&place.file("file", "new")).success();
    assert_eq!(place.run(["get", "file", "-o", "-"]).success(), "new");
    assert_eq!(place.shards("host-1").len(), 1, "the old shard is gone");
}

#[test]
fn the_start_is_drawn() {
    let place = Place::new();
    for (format, start) in [("text", "built `App` in "), ("html", "<!DOCTYPE html>")] {
        let output = place.run(["start-up", "--format", format]).success();
        assert!(output.starts_with(start), "{output}");
        assert!(output.contains("storage"), "{output}");
    }
}

#[test]
fn the_graph_is_drawn_without_anything_being_built() {
    let place = Place::new();
    for (format, begin) in [
        ("mermaid", "---\ntitle: App\n"),
        ("dot", "digraph \"App\""),
        ("json", "{\n  \"container\""),
        ("html", "<!DOCTYPE html>"),
    ] {
        let output = place.run(["graph", "--format", format]).success();
        assert!(output.starts_with(begin), "{output}");
    }
    for (container, title) in
        [("app", "App"), ("storage", "Storage"), ("http", "Http"), ("request", "Request"), ("host", "StorageHost")]
    {
        let output = place.run(["graph", "--container", container]).success();
        assert!(output.starts_with(&format!("---\ntitle: {title}\n")), "{output}");
    }
    assert!(!place.path("data").exists());
}

#[test]
fn a_missing_file_is_named() {
    let place = Place::new();
    let error = place.put(&place.path("nope.txt")).failure();
    assert!(error.contains("cannot read") && error.contains("nope.txt: No such file or directory"), "{error}");
    assert_eq!(place.listed(), "");
}

#[test]
fn an_empty_file_and_a_directory_are_refused() {
    let place = Place::new();
    let error = place.put(&place.file("empty", "")).failure();
    assert!(error.ends_with("empty was not stored: there is nothing in it\n"), "{error}");
    fs::create_dir(place.path("directory")).unwrap();
    let error = place.put(&place.path("directory")).failure();
    assert!(error.contains("directory: is a directory"), "{error}");
    assert_eq!(place.listed(), "");
}

#[test]
fn one_bad_file_does_not_keep_the_others_from_being_stored() {
    let place = Place::new();
    let good = place.file("good", "good");
    let error = place.run(["put".as_ref(), "nope".as_ref(), good.as_os_str(), "neither".as_ref()]).failure();
    assert!(error.starts_with("error: 2 of 3 files were not stored:\n  cannot read nope: "), "{error}");
    assert!(place.listed().starts_with("good  4 bytes"));
}

#[test]
fn two_files_of_one_name_are_refused_before_anything_is_stored() {
    let place = Place::new();
    place.file("same", "1");
    fs::create_dir(place.path("other")).unwrap();
    place.file("other/same", "2");
    let error = place.run(["put", "same", "other/same"]).failure();
    assert!(error.contains("same and other/same would both be stored as `same`"), "{error}");
    assert!(!place.path("data").exists());
}

#[test]
fn a_host_that_is_down_is_named() {
    let place = Place::new();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let file = place.file("file", "content");
    let error = place.run(["--hosts".as_ref(), address.as_ref(), "put".as_ref(), file.as_os_str()]).failure();
    assert!(error.contains(&format!("{address}) cannot be reached: Connection refused")), "{error}");
    assert_eq!(place.listed(), "");
}

#[test]
fn more_replicas_than_hosts_are_refused() {
    let place = Place::new();
    let file = place.file("file", "content");
    let error = place.run(["put".as_ref(), file.as_os_str(), "--replicas".as_ref(), "4".as_ref()]).failure();
    assert!(error.contains("4 replicas need as many hosts, but there are 3"), "{error}");
}

#[test]
fn a_data_directory_that_is_none_is_named() {
    let place = Place::new();
    place.file("data", "a file where the directory should be");
    let error = place.put(&place.file("file", "content")).failure();
    assert!(error.contains("cannot use data") && error.contains("as a data directory"), "{error}");
    let error = place.run(["ls"]).failure();
    assert!(error.contains("`catalogue` (SqliteCatalogue) failed: cannot use data as a data directory"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_data_directory_that_cannot_be_written_is_named() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new();
    let data = place.path("data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(data.join("probe"), "").is_ok() {
        // To root every directory can be written; there, /proc is one that cannot.
        let error = place.run(["ls", "--data-dir", "/proc/distridata"]).failure();
        assert!(error.contains("cannot use /proc/distridata as a data directory"), "{error}");
        return;
    }
    let error = place.put(&place.file("file", "content")).failure();
    assert!(error.contains("Permission denied"), "{error}");
}

#[test]
fn a_damaged_catalogue_is_named_and_left_as_it_is() {
    let place = Place::new();
    fs::create_dir(place.path("data")).unwrap();
    let damaged = place.file("data/catalogue.db", "this is no database at all, but long enough ".repeat(50));
    let before = fs::read(&damaged).unwrap();
    for run in [place.put(&place.file("file", "content")), place.run(["ls"]), place.run(["get", "file"])] {
        let error = run.failure();
        assert!(error.contains("catalogue.db is damaged: file is not a database"), "{error}");
        assert!(error.contains("move it away to begin with an empty one"), "{error}");
    }
    assert_eq!(fs::read(&damaged).unwrap(), before);
}

#[test]
fn what_is_not_there_cannot_be_fetched() {
    let place = Place::new();
    let error = place.run(["get", "nothing"]).failure();
    assert_eq!(error, "error: there is no object `nothing`\n");
    place.put(&place.file("file", "content")).success();
    let error = place.run(["get", "file", "--output", "nowhere/file"]).failure();
    assert!(error.contains("cannot write nowhere/file"), "{error}");
}

#[test]
fn a_shard_that_was_tampered_with_is_not_written_out() {
    let place = Place::new();
    place.put(&place.file("file", "content")).success();
    for host in ["host-1", "host-2", "host-3"] {
        fs::write(&place.shards(host)[0], "Content").unwrap();
    }
    let error = place.run(["get", "file", "--output", "copy"]).failure();
    assert!(error.contains("is damaged: its digest is"), "{error}");
    assert!(!place.path("copy").exists());
}

#[test]
fn a_lost_shard_is_read_from_another_host() {
    let place = Place::new();
    place.put(&place.file("file", "content")).success();
    fs::remove_file(&place.shards("host-1")[0]).unwrap();
    fs::write(&place.shards("host-2")[0], "cont").unwrap();
    assert_eq!(place.run(["get", "file", "-o", "-"]).success(), "content");
}

#[test]
fn a_wrong_option_is_explained() {
    let place = Place::new();
    let run = place.run(["--hosts", "three", "ls"]);
    assert!(!run.succeeded);
    assert!(run.error.contains("`three` is neither a number of hosts nor an address"), "{}", run.error);
}

/// What a process ended with. One that does not end is killed, and is a failure.
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
fn a_put_that_is_terminated_is_rolled_back() {
    use std::process::Stdio;

    let place = Place::new();
    // Read from a pipe that stays open, the put is under way until it is told to end.
    let fifo = place.path("endless");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let mut command = Command::new(env!("CARGO_BIN_EXE_distridata"));
    command.current_dir(place.0.path()).args(["--data-dir", "data", "put", "endless"]);
    let running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // From a thread of its own, so that no end of the pipe can keep the test waiting. It is more than a shard of 64 MiB, so
    // that one is stored whole, and the pipe stays open.
    std::thread::spawn(move || {
        let mut pipe = fs::OpenOptions::new().write(true).open(&fifo).unwrap();
        let block = vec![7; 1024 * 1024];
        for _ in 0..66 {
            std::io::Write::write_all(&mut pipe, &block).unwrap();
        }
        std::thread::park();
    });
    let kept = || fs::read_dir(place.path("data/host-1/shards")).map_or(0, |entries| entries.count());
    let deadline = Instant::now() + Duration::from_secs(30);
    while kept() == 0 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(Command::new("kill").args(["-TERM", &running.id().to_string()]).status().unwrap().success());
    let error = finished(running).failure();
    assert!(error.contains("endless was not stored: it cannot be read: interrupted by a signal"), "{error}");
    assert_eq!(place.listed(), "");
    assert!(place.shards("host-1").is_empty(), "what had been stored is deleted again");
}

#[cfg(unix)]
#[test]
fn a_server_that_is_terminated_ends_in_order() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    let place = Place::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_distridata"));
    command.current_dir(place.0.path()).args(["--data-dir", "data", "serve", "--listen", "127.0.0.1:0"]);
    let mut running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(running.stdout.take().unwrap()).lines();
    let coordinator = lines.map(Result::unwrap).find(|line| line.starts_with("coordinator")).unwrap();
    assert!(coordinator.contains("http://127.0.0.1:"), "{coordinator}");
    assert!(Command::new("kill").args(["-TERM", &running.id().to_string()]).status().unwrap().success());
    finished(running).success();
}
