//! Schedules under which a test has failed, kept in a file beside its crate, and run first from then on.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind::{AlreadyExists, InvalidFilename, NotADirectory, NotFound};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::thread;
use std::time::{Duration, Instant};

use crate::explorer::Explorer;
use crate::schedule::{Schedule, ScheduleError};

/// The folder, in that of the test's crate.
const FOLDER: &str = "testkit-regressions";

/// For how long another process may write a file. It takes milliseconds; who takes longer was killed meanwhile.
const PATIENCE: Duration = Duration::from_secs(2);

/// The file of one test.
///
/// Each line is a schedule, as `TESTKIT_REPLAY` takes it. What is behind a `#` is a comment.
#[derive(Debug)]
pub(super) struct Regressions {
    test: &'static str,
    path: PathBuf,
    /// The path as messages have it: from the crate's folder.
    shown: String,
}

/// What cannot be done with a file of schedules.
#[derive(Debug, thiserror::Error)]
pub(super) enum RegressionsError {
    #[error("{path} could not be read: {source}. Make it readable, or set TESTKIT_REGRESSIONS=off to run without it")]
    Read { path: String, source: io::Error },
    #[error("{path}:{line}: {source}. Or delete the line: each is a schedule, and a comment begins with `#`")]
    ReadyTasks { path: String, line: usize, source: ScheduleError },
    #[error("{path} could not be written: {source}. Add the schedule of the line `replay` to it by hand")]
    Write { path: String, source: io::Error },
}

impl Regressions {
    /// The file of the explorer's test. There is none for a test without a name, or one that replays a schedule, or where
    /// that is turned off.
    pub(super) fn of(explorer: &Explorer) -> Option<Self> {
        let (test, package) = explorer.test_name.zip(explorer.package)?;
        if !explorer.regressions || explorer.replay.is_some() {
            return None;
        }
        let folder = match std::env::var("TESTKIT_REGRESSIONS").unwrap_or_default() {
            off if off == "off" => return None,
            unset if unset.is_empty() => FOLDER.to_owned(),
            folder => folder,
        };
        Some(Self::within(&package_folder(package), &folder, test))
    }

    fn within(package: &Path, folder: &str, test: &'static str) -> Self {
        let name = format!("{}.txt", test.replace("r#", "").replace("::", "-"));
        Regressions { test, path: package.join(folder).join(&name), shown: format!("{folder}/{name}") }
    }

    /// The file, for messages.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// The schedules that are kept; none, if there is no file.
    ///
    /// # Errors
    /// If the file or a line of it cannot be read.
    pub(super) fn read(&self) -> Result<Vec<Schedule>, RegressionsError> {
        self.parse(&self.text()?)
    }

    /// Keeps a schedule, with what has come of it, and returns whether it was not there yet.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(super) fn add(&self, schedule: &Schedule, headline: &str) -> Result<bool, RegressionsError> {
        let (new, mut file) = self.begin().map_err(|source| self.unwritten(source))?;
        let added = self.text().and_then(|text| {
            if self.parse(&text)?.contains(schedule) {
                return Ok(false);
            }
            let text = if text.is_empty() { self.header() } else { text };
            let end = if text.ends_with('\n') { "" } else { "\n" };
            let written = writeln!(file, "{text}{end}{schedule} # {headline}").and_then(|()| file.sync_all());
            written.and_then(|()| fs::rename(&new, &self.path)).map_err(|source| self.unwritten(source))?;
            Ok(true)
        });
        if !matches!(added, Ok(true)) {
            _ = fs::remove_file(&new);
        }
        added
    }

    /// Begins a new version of the file, beside it. As long as that is there, nobody else begins one.
    fn begin(&self) -> io::Result<(PathBuf, File)> {
        let new = self.path.with_extension("txt.new");
        fs::create_dir_all(self.path.parent().expect("a file is in a folder"))?;
        let begun = Instant::now();
        loop {
            match OpenOptions::new().write(true).create_new(true).open(&new) {
                Ok(file) => return Ok((new, file)),
                Err(error) if error.kind() != AlreadyExists => return Err(error),
                // Somebody else may have found so, and removed it.
                Err(_) if is_abandoned(&new) => _ = fs::remove_file(&new),
                Err(error) if begun.elapsed() > 2 * PATIENCE => return Err(error),
                Err(_) => thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    fn text(&self) -> Result<String, RegressionsError> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(text),
            // Where there can be none, there is none, either.
            Err(error) if matches!(error.kind(), NotFound | NotADirectory | InvalidFilename) => Ok(String::new()),
            Err(source) => Err(RegressionsError::Read { path: self.shown.clone(), source }),
        }
    }

    fn parse(&self, text: &str) -> Result<Vec<Schedule>, RegressionsError> {
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        lines
            .zip(1..)
            .filter(|(schedule, _)| !schedule.is_empty())
            .map(|(schedule, line)| {
                let path = || self.shown.clone();
                Schedule::from_str(schedule).map_err(|source| RegressionsError::ReadyTasks {
                    path: path(),
                    line,
                    source,
                })
            })
            .collect()
    }

    fn unwritten(&self, source: io::Error) -> RegressionsError {
        RegressionsError::Write { path: self.shown.clone(), source }
    }

    fn header(&self) -> String {
        format!(
            "# Schedules under which the test `{}` has failed. testkit runs them before all others.\n\
             # Commit this file, so that everybody does. A line may go when its bug cannot come back, or when the test has\n\
             # changed so much that its choices no longer mean what they did.\n",
            self.test
        )
    }
}

/// Whether who has begun to write a file will not come to an end.
fn is_abandoned(new: &Path) -> bool {
    let modified = fs::metadata(new).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|modified| modified.elapsed().is_ok_and(|age| age > PATIENCE))
}

/// The folder of the test's crate: where it was compiled, or, where that is gone since the binary has moved, where the
/// harness says that it is now.
fn package_folder(compiled: &str) -> PathBuf {
    let now = || std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let compiled = PathBuf::from(compiled);
    if compiled.is_dir() { compiled } else { now().unwrap_or(compiled) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file in a folder that goes with the test.
    fn regressions() -> (tempfile::TempDir, Regressions) {
        let folder = tempfile::tempdir().unwrap();
        let regressions = Regressions::within(folder.path(), FOLDER, "service::store::a_test");
        (folder, regressions)
    }

    fn schedule(text: &str) -> Schedule {
        text.parse().unwrap()
    }

    #[test]
    fn schedules_are_read_back_in_their_order_and_each_is_kept_once() {
        let (_folder, regressions) = regressions();
        assert_eq!(regressions.read().unwrap(), []);
        let (first, second) = (schedule("v1:7;r1.0.0.0=2"), schedule("v1:3"));
        assert!(regressions.add(&first, "deadlock: # of 2").unwrap());
        assert!(regressions.add(&second, "panic: boom").unwrap());
        assert!(!regressions.add(&first, "deadlock").unwrap());
        assert_eq!(regressions.read().unwrap(), [first, second]);
        let text = fs::read_to_string(&regressions.path).unwrap();
        assert!(text.starts_with("# Schedules under which the test `service::store::a_test` has failed."), "{text}");
        assert!(text.ends_with("\nv1:7;r1.0.0.0=2 # deadlock: # of 2\nv1:3 # panic: boom\n"), "{text}");
        assert_eq!(regressions.shown(), "testkit-regressions/service-store-a_test.txt");
    }

    #[test]
    fn what_users_have_written_stays() {
        let (_folder, regressions) = regressions();
        fs::create_dir_all(regressions.path.parent().unwrap()).unwrap();
        fs::write(&regressions.path, "\n  v1:1   # by hand\n\n# the last line has no end").unwrap();
        assert!(regressions.add(&schedule("v1:2"), "panic").unwrap());
        let text = fs::read_to_string(&regressions.path).unwrap();
        assert_eq!(text, "\n  v1:1   # by hand\n\n# the last line has no end\nv1:2 # panic\n");
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named_and_stays() {
        let (_folder, regressions) = regressions();
        fs::create_dir_all(regressions.path.parent().unwrap()).unwrap();
        fs::write(&regressions.path, "v1:1\n<<<<<<< HEAD\n").unwrap();
        let error = regressions.read().unwrap_err().to_string();
        let place =
            "testkit-regressions/service-store-a_test.txt:2: invalid schedule: `<<<<<<< HEAD` does not begin";
        assert!(error.starts_with(place), "{error}");
        assert!(error.contains("delete the line"), "{error}");
        assert!(regressions.add(&schedule("v1:2"), "panic").is_err());
        assert_eq!(fs::read_to_string(&regressions.path).unwrap(), "v1:1\n<<<<<<< HEAD\n");
        assert!(!regressions.path.with_extension("txt.new").exists());
    }

    #[test]
    fn none_is_lost_of_those_that_are_added_at_once() {
        let (folder, _) = regressions();
        thread::scope(|scope| {
            for part in 0..4 {
                let regressions = Regressions::within(folder.path(), FOLDER, "service::store::a_test");
                scope.spawn(move || {
                    for number in 0..10 {
                        let text = format!("v1:{:x}", part * 10 + number);
                        assert!(regressions.add(&schedule(&text), "panic").unwrap());
                    }
                });
            }
        });
        let regressions = Regressions::within(folder.path(), FOLDER, "service::store::a_test");
        assert_eq!(regressions.read().unwrap().len(), 40);
    }

    #[test]
    fn what_a_killed_process_has_left_is_no_obstacle() {
        let (_folder, regressions) = regressions();
        fs::create_dir_all(regressions.path.parent().unwrap()).unwrap();
        let left = File::create(regressions.path.with_extension("txt.new")).unwrap();
        left.set_modified(std::time::SystemTime::now() - Duration::from_secs(60)).unwrap();
        assert!(regressions.add(&schedule("v1:2"), "panic").unwrap());
        assert_eq!(regressions.read().unwrap(), [schedule("v1:2")]);
        assert!(!regressions.path.with_extension("txt.new").exists());
    }

    #[test]
    fn what_cannot_be_written_is_an_error_with_the_file_and_a_way_out() {
        let (folder, regressions) = regressions();
        // In place of the folder there is a file.
        fs::write(folder.path().join(FOLDER), "").unwrap();
        let error = regressions.add(&schedule("v1:2"), "panic").unwrap_err().to_string();
        assert!(error.starts_with("testkit-regressions/service-store-a_test.txt could not be written: "), "{error}");
        assert!(error.contains("by hand"), "{error}");
    }
}
