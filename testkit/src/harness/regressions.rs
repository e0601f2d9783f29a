//! Kept regressions: schedules under which a test failed. They are written to a file in the test's package, and run
//! first from then on.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind::{AlreadyExists, InvalidFilename, NotADirectory, NotFound};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::thread;
use std::time::{Duration, Instant};

use crate::explorer::Explorer;
use crate::schedule::{Schedule, ScheduleError};

/// Default directory of the files, relative to the test's package.
const FOLDER: &str = "testkit-regressions";

/// Age at which a file that another process is writing counts as abandoned. Writing takes milliseconds, so the process
/// was killed.
const ABANDONED_AFTER: Duration = Duration::from_secs(2);

/// The regression file of one test.
///
/// Each line is a schedule in the format of `TESTKIT_REPLAY`. A `#` begins a comment.
#[derive(Debug)]
pub(super) struct Regressions {
    test: &'static str,
    path: PathBuf,
    /// The path as shown in messages: relative to the package.
    shown: String,
}

/// Error returned when a regression file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum RegressionsError {
    #[error("{path} could not be read: {source}. Make it readable, or set TESTKIT_REGRESSIONS=off to run without it")]
    Read { path: String, source: io::Error },
    #[error("{path}:{line}: {source}, or delete the line. Each line is a schedule, and `#` begins a comment")]
    Parse { path: String, line: usize, source: ScheduleError },
    #[error("{path} could not be written: {source}. Add the schedule of the report's `replay` line to it by hand")]
    Write { path: String, source: io::Error },
}

impl Regressions {
    /// Returns the file of the explorer's test. Returns `None` if the test has no name, replays a schedule, or keeps no
    /// regressions.
    pub(super) fn of(explorer: &Explorer) -> Option<Self> {
        let (test, package) = explorer.test_name.zip(explorer.package)?;
        if !explorer.keep_regressions || explorer.replay.is_some() {
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

    /// Returns the path as shown in messages.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Returns the kept schedules; an empty list if there is no file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, or a line is not a schedule.
    pub(super) fn read(&self) -> Result<Vec<Schedule>, RegressionsError> {
        self.parse(&self.text()?)
    }

    /// Adds a schedule, with the headline of its failure as a comment. Returns `false` if the file already contains it.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read or written.
    pub(super) fn add(&self, schedule: &Schedule, headline: &str) -> Result<bool, RegressionsError> {
        let (new, mut file) = self.create_new().map_err(|source| self.write_error(source))?;
        let added = self.text().and_then(|text| {
            if self.parse(&text)?.contains(schedule) {
                return Ok(false);
            }
            let text = if text.is_empty() { self.header() } else { text };
            let end = if text.ends_with('\n') { "" } else { "\n" };
            let written = writeln!(file, "{text}{end}{schedule} # {headline}").and_then(|()| file.sync_all());
            written.and_then(|()| fs::rename(&new, &self.path)).map_err(|source| self.write_error(source))?;
            Ok(true)
        });
        if !matches!(added, Ok(true)) {
            _ = fs::remove_file(&new);
        }
        added
    }

    /// Creates the file that will replace the current one. While it exists, no other process creates one.
    fn create_new(&self) -> io::Result<(PathBuf, File)> {
        let new = self.path.with_extension("txt.new");
        fs::create_dir_all(self.path.parent().expect("a file is in a directory"))?;
        let begun = Instant::now();
        loop {
            match OpenOptions::new().write(true).create_new(true).open(&new) {
                Ok(file) => return Ok((new, file)),
                Err(error) if error.kind() != AlreadyExists => return Err(error),
                // Another process may remove it at the same time.
                Err(_) if is_abandoned(&new) => _ = fs::remove_file(&new),
                Err(error) if begun.elapsed() > 2 * ABANDONED_AFTER => return Err(error),
                Err(_) => thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    fn text(&self) -> Result<String, RegressionsError> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(text),
            // There is no file at a path that cannot exist.
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
                Schedule::from_str(schedule).map_err(|source| RegressionsError::Parse { path: path(), line, source })
            })
            .collect()
    }

    fn write_error(&self, source: io::Error) -> RegressionsError {
        RegressionsError::Write { path: self.shown.clone(), source }
    }

    fn header(&self) -> String {
        format!(
            "# Schedules under which the test `{}` failed. testkit runs them before all others.\n\
             # Commit this file, so that every run begins with them. Delete a line once its bug cannot come back, or\n\
             # once the test has changed so much that the choices no longer have the same meaning.\n",
            self.test
        )
    }
}

/// Returns whether the process that created a new file was killed before it finished.
fn is_abandoned(new: &Path) -> bool {
    let modified = fs::metadata(new).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|modified| modified.elapsed().is_ok_and(|age| age > ABANDONED_AFTER))
}

/// Returns the directory of the test's package. If the directory in which it was compiled no longer exists, because the
/// binary was moved, returns the directory set by the harness.
fn package_folder(compiled: &str) -> PathBuf {
    let current = || std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let compiled = PathBuf::from(compiled);
    if compiled.is_dir() { compiled } else { current().unwrap_or(compiled) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a regression file in a directory that is deleted after the test.
    fn regressions() -> (tempfile::TempDir, Regressions) {
        let folder = tempfile::tempdir().unwrap();
        let regressions = Regressions::within(folder.path(), FOLDER, "service::store::a_test");
        (folder, regressions)
    }

    fn schedule(text: &str) -> Schedule {
        text.parse().unwrap()
    }

    #[test]
    fn schedules_are_read_in_order_and_each_is_kept_once() {
        let (_folder, regressions) = regressions();
        assert_eq!(regressions.read().unwrap(), []);
        let (first, second) = (schedule("v1:7;r1.0.0.0=2"), schedule("v1:3"));
        assert!(regressions.add(&first, "deadlock: # of 2").unwrap());
        assert!(regressions.add(&second, "panic: boom").unwrap());
        assert!(!regressions.add(&first, "deadlock").unwrap());
        assert_eq!(regressions.read().unwrap(), [first, second]);
        let text = fs::read_to_string(&regressions.path).unwrap();
        assert!(text.starts_with("# Schedules under which the test `service::store::a_test` failed."), "{text}");
        assert!(text.ends_with("\nv1:7;r1.0.0.0=2 # deadlock: # of 2\nv1:3 # panic: boom\n"), "{text}");
        assert_eq!(regressions.shown(), "testkit-regressions/service-store-a_test.txt");
    }

    #[test]
    fn content_written_by_users_is_kept() {
        let (_folder, regressions) = regressions();
        fs::create_dir_all(regressions.path.parent().unwrap()).unwrap();
        fs::write(&regressions.path, "\n  v1:1   # by hand\n\n# no newline at the end").unwrap();
        assert!(regressions.add(&schedule("v1:2"), "panic").unwrap());
        let text = fs::read_to_string(&regressions.path).unwrap();
        assert_eq!(text, "\n  v1:1   # by hand\n\n# no newline at the end\nv1:2 # panic\n");
    }

    #[test]
    fn an_invalid_line_is_reported_and_kept() {
        let (_folder, regressions) = regressions();
        fs::create_dir_all(regressions.path.parent().unwrap()).unwrap();
        fs::write(&regressions.path, "v1:1\n<<<<<<< HEAD\n").unwrap();
        let error = regressions.read().unwrap_err().to_string();
        let place = "testkit-regressions/service-store-a_test.txt:2: invalid schedule: `<<<<<<< HEAD` does not begin";
        assert!(error.starts_with(place), "{error}");
        assert!(error.contains("delete the line"), "{error}");
        assert!(regressions.add(&schedule("v1:2"), "panic").is_err());
        assert_eq!(fs::read_to_string(&regressions.path).unwrap(), "v1:1\n<<<<<<< HEAD\n");
        assert!(!regressions.path.with_extension("txt.new").exists());
    }

    #[test]
    fn no_schedule_is_lost_when_several_are_added_concurrently() {
        let (folder, _) = regressions();
        thread::scope(|scope| {
            for thread in 0..4 {
                let regressions = Regressions::within(folder.path(), FOLDER, "service::store::a_test");
                scope.spawn(move || {
                    for number in 0..10 {
                        let text = format!("v1:{:x}", thread * 10 + number);
                        assert!(regressions.add(&schedule(&text), "panic").unwrap());
                    }
                });
            }
        });
        let regressions = Regressions::within(folder.path(), FOLDER, "service::store::a_test");
        assert_eq!(regressions.read().unwrap().len(), 40);
    }

    #[test]
    fn a_file_left_by_a_killed_process_is_removed() {
        let (_folder, regressions) = regressions();
        fs::create_dir_all(regressions.path.parent().unwrap()).unwrap();
        let left = File::create(regressions.path.with_extension("txt.new")).unwrap();
        left.set_modified(std::time::SystemTime::now() - Duration::from_secs(60)).unwrap();
        assert!(regressions.add(&schedule("v1:2"), "panic").unwrap());
        assert_eq!(regressions.read().unwrap(), [schedule("v1:2")]);
        assert!(!regressions.path.with_extension("txt.new").exists());
    }

    #[test]
    fn a_failed_write_returns_an_error_with_the_file_and_the_remedy() {
        let (folder, regressions) = regressions();
        // A file takes the place of the directory.
        fs::write(folder.path().join(FOLDER), "").unwrap();
        let error = regressions.add(&schedule("v1:2"), "panic").unwrap_err().to_string();
        assert!(error.starts_with("testkit-regressions/service-store-a_test.txt could not be written: "), "{error}");
        assert!(error.contains("by hand"), "{error}");
    }
}
