//! `disk`: a crash keeps synced files, and any part of the rest.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use di_core::ambient::{Disk, FileDisk};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any};
use proptest::prop_oneof;
use proptest::sample::select;
use testkit::disk::SimDisk;
use testkit::{Explorer, Sim};

use crate::support::*;

/// A step of [`save`], which a test can leave out.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    Sync,
    Rename,
    SyncDirectory,
}

/// Replaces the file `settings`. Leaves out one step.
async fn save(disk: &dyn Disk, text: &str, without: Option<Step>) -> io::Result<()> {
    let path = if without == Some(Step::Rename) { "settings" } else { "settings.new" };
    disk.write(path, text.as_bytes()).await?;
    if without != Some(Step::Sync) {
        disk.sync(path).await?;
    }
    if without != Some(Step::Rename) {
        disk.rename("settings.new", "settings").await?;
    }
    if without != Some(Step::SyncDirectory) {
        disk.sync_directory("").await?;
    }
    Ok(())
}

async fn read(disk: SimDisk, path: &str) -> Option<String> {
    match disk.read(path).await {
        Ok(bytes) => Some(String::from_utf8(bytes).unwrap()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => panic!("{error}"),
    }
}

/// Saves twice, and crashes during the second time. Returns the text that is left.
async fn crash_during_save(sim: Sim, without: Option<Step>) -> String {
    let disk = sim.disk("db");
    disk.latency(MILLISECOND);
    save(&disk, "old", None).await.unwrap();
    let saving = sim.spawn("save", async move { save(&disk, "newer", without).await });
    sim.sleep(MILLISECOND * sim.choose(6) as u32).await;
    let is_saved = saving.is_finished();
    saving.abort();
    let left = read(disk.crash(), "settings").await.expect("the settings exist");
    assert!(left == "newer" || left == "old" && !is_saved, "after a crash, the settings are {left:?}");
    left
}

#[test]
fn an_atomic_replacement_survives_every_crash() {
    let seen = seen(|sim| crash_during_save(sim, None));
    assert_eq!(seen, BTreeSet::from(["newer".to_owned(), "old".to_owned()]));
}

#[test]
fn a_forgotten_sync_is_found() {
    let failure = replayed_failure(Explorer::new(), |sim| async move {
        crash_during_save(sim, Some(Step::Sync)).await;
    });
    let lost = failure.choices().iter().any(|choice| choice.to_string().contains("`settings` w"));
    assert!(lost, "{failure}");
    assert_report_contains(&failure, &["on the disk when `db` crashed", "disk of `db` after 1 crash:\n"]);
}

#[test]
fn a_forgotten_sync_of_the_directory_is_found() {
    let failure = replayed_failure(Explorer::new(), |sim| async move {
        crash_during_save(sim, Some(Step::SyncDirectory)).await;
    });
    let last = failure.choices().last().unwrap().to_string();
    let creation = "the creation of `settings.new`, and 1 change after it, were not on the disk when `db` crashed";
    let rename = "the rename of `settings.new` to `settings` was not on the disk when `db` crashed";
    assert!(last.ends_with(creation) || last.ends_with(rename), "{failure}");
    assert_report_contains(&failure, &[r#"the settings are "old""#]);
}

#[test]
fn an_overwritten_file_is_found() {
    let failure = replayed_failure(Explorer::new(), |sim| async move {
        crash_during_save(sim, Some(Step::Rename)).await;
    });
    assert_report_contains(&failure, &["after a crash, the settings are"]);
}

#[test]
fn a_crash_loses_or_tears_only_unsynced_appends() {
    let seen = seen(async |sim: Sim| {
        let disk = sim.disk("db");
        disk.append("log", b"synced ").await.unwrap();
        disk.sync("log").await.unwrap();
        disk.sync_directory("").await.unwrap();
        disk.append("log", b"123456").await.unwrap();
        disk.append("log", b"x").await.unwrap();
        read(disk.crash(), "log").await.unwrap()
    });
    let all = ["", "123", "12345", "123456", "123456x"].map(|rest| format!("synced {rest}"));
    assert_eq!(seen, BTreeSet::from(all));
}

#[test]
fn a_torn_record_is_found() {
    let failure = replayed_failure(Explorer::new(), |sim| async move {
        let disk = sim.disk("db");
        disk.append("log", b"one two three ").await.unwrap();
        disk.sync_directory("").await.unwrap();
        let log = read(disk.crash(), "log").await.unwrap();
        assert!(log.is_empty() || log.ends_with(' '), "the record {log:?} is torn");
    });
    let choices: Vec<_> = failure.choices().iter().map(ToString::to_string).collect();
    assert_eq!(choices.len(), 1, "{failure}");
    assert!(
        choices[0].ends_with("the last byte of `log` was not on the disk when `db` crashed")
            || choices[0].ends_with("the last 7 bytes of `log` were not on the disk when `db` crashed"),
        "{failure}"
    );
}

#[test]
fn a_crash_keeps_the_first_changes_of_each_directory() {
    let seen = seen(async |sim: Sim| {
        let disk = sim.disk("db");
        for path in ["a/1", "b/1", "a/2"] {
            disk.write(path, b"").await.unwrap();
        }
        disk.rename("a/2", "b/2").await.unwrap();
        let disk = disk.crash();
        (disk.list("a").await.unwrap().concat(), disk.list("b").await.unwrap().concat())
    });
    let expected = [("", ""), ("", "1"), ("1", ""), ("1", "1"), ("12", ""), ("12", "1"), ("1", "12")];
    assert_eq!(seen, expected.map(|(a, b)| (a.to_owned(), b.to_owned())).into());
}

#[test]
fn a_sync_of_a_directory_covers_renames_and_parents() {
    passes(Explorer::new(), async |sim: Sim| {
        let disk = sim.disk("db");
        disk.append("incoming/x", b"x").await.unwrap();
        disk.sync("incoming/x").await.unwrap();
        disk.rename("incoming/x", "kept/deep/x").await.unwrap();
        disk.sync_directory("kept/deep").await.unwrap();
        let disk = disk.crash();
        assert_eq!(read(disk, "kept/deep/x").await.as_deref(), Some("x"));
        assert_eq!(disk.list("incoming").await.unwrap(), [""; 0]);
    });
}

#[test]
fn a_removal_may_be_undone() {
    let seen = seen(async |sim: Sim| {
        let disk = sim.disk("db");
        save(&disk, "old", None).await.unwrap();
        disk.remove("settings").await.unwrap();
        let left = read(disk.crash(), "settings").await;
        assert!(left.as_ref().is_none_or(|left| left == "old"), "{left:?}");
        left
    });
    assert_eq!(seen.len(), 2);
}

#[test]
fn a_sync_takes_effect_at_its_end_for_the_writes_before_its_start() {
    let seen = seen(async |sim: Sim| {
        let disk = sim.disk("db");
        disk.write("log", b"").await.unwrap();
        disk.sync_directory("").await.unwrap();
        disk.latency(2 * MILLISECOND);
        disk.append("log", b"1").await.unwrap();
        let syncing = sim.spawn("sync", async move { disk.sync("log").await });
        sim.sleep(MILLISECOND).await;
        let appending = sim.spawn("append", async move { disk.append("log", b"2").await });
        sim.settle().await;
        let is_synced = sim.choose(2) == 1;
        if is_synced {
            syncing.await.unwrap().unwrap();
        }
        let disk = disk.crash();
        assert!(appending.await.unwrap().is_err());
        (is_synced, read(disk, "log").await.unwrap())
    });
    let expected = [(false, ""), (false, "1"), (false, "12"), (true, "1"), (true, "12")];
    assert_eq!(seen, expected.map(|(is_synced, left)| (is_synced, left.to_owned())).into());
}

#[testkit::test]
async fn a_handle_from_before_a_crash_has_no_effect(sim: Sim) {
    let old = sim.disk("db");
    let disk = old.crash();
    let error = old.write("a", b"late").await.unwrap_err();
    assert!(error.to_string().contains("`db` has crashed since this handle of its disk was created"), "{error}");
    assert_eq!(disk.list("").await.unwrap(), [""; 0]);
    sim.disk("db").write("a", b"").await.unwrap();
    assert_eq!(disk.list("").await.unwrap(), ["a"]);
}

#[testkit::test]
async fn each_host_has_its_own_disk(sim: Sim) {
    sim.disk("a").write("file", b"a").await.unwrap();
    assert_eq!(sim.disk("b").list("").await.unwrap(), [""; 0]);
    let disk = sim.disk("a");
    sim.disk("b").crash();
    assert_eq!(disk.read("file").await.unwrap(), b"a");
}

#[testkit::test]
async fn an_operation_takes_the_latency_of_the_disk(sim: Sim) {
    let disk = sim.disk("db");
    disk.latency(5 * MILLISECOND);
    save(&disk, "text", None).await.unwrap();
    assert_eq!(sim.elapsed(), 20 * MILLISECOND);
}

#[testkit::test]
async fn a_full_disk_rejects_writes(sim: Sim) {
    let disk = sim.disk("db");
    disk.capacity(5);
    disk.write("a", b"123").await.unwrap();
    let error = disk.append("a", b"456").await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    let text =
        "the append to `a` on the disk of `db` failed: no space left: 3 of 5 bytes are in use, and 3 more are needed";
    assert_eq!(error.to_string(), text);
    disk.write("a", b"12345").await.unwrap();
    assert_eq!(disk.read_at("a", 3, 9).await.unwrap(), b"45");
}

#[test]
fn operations_fail_as_the_schedule_decides() {
    let failure = replayed_failure(Explorer::new(), |sim| async move {
        let disk = sim.disk("db");
        disk.may_fail();
        _ = disk.write("a", b"123").await;
        disk.calm();
        assert_eq!(read(disk, "a").await.as_deref(), Some("123"));
    });
    assert_eq!(failure.choices().len(), 1);
    assert_report_contains(&failure, &["the write of `a` on the disk of `db` failed"]);
}

#[test]
fn tasks_run_between_any_two_operations() {
    let seen = seen(async |sim: Sim| {
        let disk = sim.disk("db");
        let counting = [0, 1].map(|_| {
            sim.spawn("count", async move {
                let count: u32 = read(disk, "count").await.map_or(0, |text| text.parse().unwrap());
                disk.write("count", (count + 1).to_string().as_bytes()).await.unwrap();
            })
        });
        for count in counting {
            count.await.unwrap();
        }
        read(disk, "count").await.unwrap()
    });
    assert_eq!(seen, BTreeSet::from(["1".to_owned(), "2".to_owned()]));
}

#[test]
fn the_report_lists_unsynced_files() {
    let failure = failure(Explorer::new(), |sim| async move {
        let disk = sim.disk("db");
        save(&disk, "text", None).await.unwrap();
        disk.append("settings", b"ure").await.unwrap();
        disk.write("b", b"").await.unwrap();
        panic!("look at the disk");
    });
    let text = "disk of `db`:\n";
    assert_report_contains(&failure, &[text, "`b`, 0 bytes\n", "`settings`, 7 bytes, the last 3 not synced\n"]);
    assert_report_contains(&failure, &["not synced: the creation of `b`\n"]);
}

/// An operation of a disk.
#[derive(Clone, Debug)]
enum Operation {
    Read(String),
    ReadAt(String, u64, usize),
    Write(String, Vec<u8>),
    Append(String, Vec<u8>),
    Sync(String),
    Rename(String, String),
    Remove(String),
    List(String),
    SyncDirectory(String),
}

fn path() -> impl Strategy<Value = String> {
    select(vec!["", "a", "b", "d", "d/a", "d/e/a", "a/b", "a/b/c", "../a", "/a", "d/"]).prop_map(str::to_owned)
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        path().prop_map(Operation::Read),
        (path(), 0..6_u64, 0..6_usize).prop_map(|(path, start, size)| Operation::ReadAt(path, start, size)),
        (path(), vec(any::<u8>(), 0..4)).prop_map(|(path, bytes)| Operation::Write(path, bytes)),
        (path(), vec(any::<u8>(), 0..4)).prop_map(|(path, bytes)| Operation::Append(path, bytes)),
        path().prop_map(Operation::Sync),
        (path(), path()).prop_map(|(from, to)| Operation::Rename(from, to)),
        path().prop_map(Operation::Remove),
        prop_oneof![path(), Just("d".to_owned())].prop_map(Operation::List),
        path().prop_map(Operation::SyncDirectory),
    ]
}

async fn apply(disk: &dyn Disk, operation: &Operation) -> Result<String, io::ErrorKind> {
    let unit = |()| String::new();
    let bytes = |bytes: Vec<u8>| format!("{bytes:?}");
    let result = match operation {
        Operation::Read(path) => disk.read(path).await.map(bytes),
        Operation::ReadAt(path, start, size) => disk.read_at(path, *start, *size).await.map(bytes),
        Operation::Write(path, bytes) => disk.write(path, bytes).await.map(unit),
        Operation::Append(path, bytes) => disk.append(path, bytes).await.map(unit),
        Operation::Sync(path) => disk.sync(path).await.map(unit),
        Operation::Rename(from, to) => disk.rename(from, to).await.map(unit),
        Operation::Remove(path) => disk.remove(path).await.map(unit),
        Operation::List(directory) => disk.list(directory).await.map(|names| names.join(" ")),
        Operation::SyncDirectory(directory) => disk.sync_directory(directory).await.map(unit),
    };
    result.map_err(|error| error.kind())
}

#[testkit::test(schedules = 2)]
async fn the_simulated_disk_agrees_with_real_files(
    sim: Sim,
    #[strategy(vec(operation(), 1..30))] operations: Vec<Operation>,
) {
    let directory = tempfile::tempdir().unwrap();
    let (real, simulated) = (FileDisk::new(directory.path(), sim.spawner()), sim.disk("db"));
    for operation in &operations {
        let expected = apply(&real, operation).await;
        assert_eq!(apply(&simulated, operation).await, expected, "{operation:?}");
    }
}

#[testkit::test]
async fn a_disk_is_a_component(sim: Sim) {
    let disk: Arc<dyn Disk> = Arc::new(sim.disk("db"));
    disk.write("a", b"1").await.unwrap();
    assert_eq!(sim.disk("db").read("a").await.unwrap(), b"1");
}
