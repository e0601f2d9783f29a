//! Names of the files on a disk: those that a program sees, and those that are durable.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;

use di_core::ambient::path_components;

/// Number of a file on its disk. A file keeps it when it is renamed.
pub(super) type FileId = usize;

/// Names of the files on a disk.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// All files by path, as a program sees them.
    files: BTreeMap<String, FileId>,
    /// The durable files by path.
    durable: BTreeMap<String, FileId>,
    /// Paths of all directories except the root, each with whether it is durable even without files.
    directories: BTreeMap<String, bool>,
    /// Changes since the last sync, oldest first.
    unsynced: Vec<NameChange>,
}

/// A change of names.
#[derive(Debug)]
pub(super) struct NameChange {
    /// Number of this change on its disk.
    pub(super) number: usize,
    old_path: Option<String>,
    new: Option<(String, FileId)>,
}

impl Names {
    /// Returns the file at a path.
    pub(super) fn find(&self, path: &str) -> io::Result<FileId> {
        path_components(path)?;
        match self.files.get(path) {
            Some(&file) => Ok(file),
            None => {
                self.check_place(path)?;
                Err(error(io::ErrorKind::NotFound, format!("there is no file `{path}`")))
            }
        }
    }

    /// Returns all files by path.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, FileId)> {
        self.files.iter().map(|(path, &file)| (path.as_str(), file))
    }

    /// Returns the number of files.
    pub(super) fn count(&self) -> usize {
        self.files.len()
    }

    /// Returns the names of the files in a directory.
    pub(super) fn list(&self, directory: &str) -> io::Result<Vec<String>> {
        self.check_directory(directory)?;
        let paths = self.files.keys().filter(|path| parent(path) == directory);
        Ok(paths.map(|path| path[path.rfind('/').map_or(0, |slash| slash + 1)..].to_owned()).collect())
    }

    pub(super) fn create(&mut self, number: usize, path: &str, file: FileId) -> io::Result<()> {
        path_components(path)?;
        self.check_place(path)?;
        self.change(NameChange { number, old_path: None, new: Some((path.to_owned(), file)) });
        Ok(())
    }

    pub(super) fn rename(&mut self, number: usize, from: &str, to: &str) -> io::Result<()> {
        path_components(to)?;
        let file = self.find(from)?;
        self.check_place(to)?;
        if from != to {
            self.change(NameChange { number, old_path: Some(from.to_owned()), new: Some((to.to_owned(), file)) });
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, number: usize, path: &str) -> io::Result<()> {
        self.find(path)?;
        self.change(NameChange { number, old_path: Some(path.to_owned()), new: None });
        Ok(())
    }

    fn change(&mut self, change: NameChange) {
        if let Some((path, _)) = &change.new {
            for directory in directories_above(path).filter(|directory| !directory.is_empty()) {
                self.directories.entry(directory.to_owned()).or_default();
            }
        }
        change.apply(&mut self.files);
        self.unsynced.push(change);
    }

    /// Returns an error unless `directory` exists or could be created.
    fn check_directory(&self, directory: &str) -> io::Result<()> {
        path_components(directory)?;
        let mut above = std::iter::once(directory).chain(directories_above(directory));
        match above.find(|path| self.files.contains_key(*path)) {
            Some(path) => Err(error(io::ErrorKind::NotADirectory, format!("`{path}` is not a directory"))),
            None => Ok(()),
        }
    }

    /// Returns an error unless a file could be at `path`.
    fn check_place(&self, path: &str) -> io::Result<()> {
        if path.is_empty() || self.directories.contains_key(path) {
            return Err(error(io::ErrorKind::IsADirectory, format!("`{path}` is a directory")));
        }
        self.check_directory(parent(path))
    }

    /// Returns an error unless `directory` exists.
    pub(super) fn check_directory_exists(&self, directory: &str) -> io::Result<()> {
        self.check_directory(directory)?;
        match directory.is_empty() || self.directories.contains_key(directory) {
            true => Ok(()),
            false => Err(error(io::ErrorKind::NotFound, format!("there is no directory `{directory}`"))),
        }
    }

    /// Makes the changes of a directory with a number below `end` durable. Earlier changes of other directories that
    /// belong to the same renames become durable with them.
    pub(super) fn sync_directory(&mut self, directory: &str, end: usize) {
        let mut synced: BTreeSet<String> =
            std::iter::once(directory).chain(directories_above(directory)).map(str::to_owned).collect();
        for directory in synced.iter().filter(|directory| !directory.is_empty()) {
            self.directories.insert(directory.clone(), true);
        }
        let mut is_synced = vec![false; self.unsynced.len()];
        for (at, change) in self.unsynced.iter().enumerate().rev().filter(|(_, change)| change.number < end) {
            if change.directories().any(|directory| synced.contains(directory)) {
                synced.extend(change.directories().map(str::to_owned));
                is_synced[at] = true;
            }
        }
        let mut is_synced = is_synced.into_iter();
        let durable = &mut self.durable;
        self.unsynced.retain(|change| match is_synced.next() {
            Some(true) => {
                change.apply(durable);
                false
            }
            _ => true,
        });
    }

    /// Returns the paths of unsynced changes.
    pub(super) fn unsynced(&self) -> &[NameChange] {
        &self.unsynced
    }

    /// Keeps the durable names, and of the unsynced changes those that `is_kept` keeps. It is called with a change and
    /// all later ones, but not for the changes of a directory after one that was lost: they are lost as well.
    pub(super) fn crash(&mut self, mut is_kept: impl FnMut(&NameChange, &[NameChange]) -> bool) {
        let mut lost = BTreeSet::new();
        let unsynced = std::mem::take(&mut self.unsynced);
        for (at, change) in unsynced.iter().enumerate() {
            if !change.is_lost_with(&lost) && is_kept(change, &unsynced[at + 1..]) {
                change.apply(&mut self.durable);
            } else {
                lost.extend(change.directories());
            }
        }
        self.files.clone_from(&self.durable);
        let is_used: BTreeSet<&str> = self.files.keys().flat_map(|path| directories_above(path)).collect();
        self.directories.retain(|directory, is_durable| *is_durable || is_used.contains(directory.as_str()));
    }

    /// Returns whether a file has a name, is durable, or may become so.
    pub(super) fn refers_to(&self) -> BTreeSet<FileId> {
        let unsynced = self.unsynced.iter().filter_map(|change| change.new.as_ref().map(|&(_, file)| file));
        self.files.values().chain(self.durable.values()).copied().chain(unsynced).collect()
    }
}

impl NameChange {
    /// Returns how many of the later changes are lost if this one is.
    pub(super) fn losses_among(&self, later: &[NameChange]) -> usize {
        let mut lost: BTreeSet<&str> = self.directories().collect();
        let mut count = 0;
        for change in later {
            if change.is_lost_with(&lost) {
                lost.extend(change.directories());
                count += 1;
            }
        }
        count
    }

    /// Returns whether this change is lost if an earlier change in one of `directories` is.
    fn is_lost_with(&self, directories: &BTreeSet<&str>) -> bool {
        self.directories().any(|directory| directories.contains(directory))
    }

    fn apply(&self, files: &mut BTreeMap<String, FileId>) {
        if let Some(path) = &self.old_path {
            files.remove(path);
        }
        if let Some((path, file)) = &self.new {
            files.insert(path.clone(), *file);
        }
    }

    fn paths(&self) -> impl Iterator<Item = &str> {
        self.old_path.as_deref().into_iter().chain(self.new.as_ref().map(|(path, _)| path.as_str()))
    }

    fn directories(&self) -> impl Iterator<Item = &str> {
        self.paths().map(parent)
    }
}

/// Formats a change as a noun: ``the rename of `a` to `b` ``.
impl fmt::Display for NameChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.old_path, &self.new) {
            (Some(from), Some((to, _))) => write!(f, "the rename of `{from}` to `{to}`"),
            (None, Some((path, _))) => write!(f, "the creation of `{path}`"),
            (Some(path), None) => write!(f, "the removal of `{path}`"),
            (None, None) => unreachable!("a change has a path"),
        }
    }
}

/// Returns the directory of a path. The root is empty.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Returns the directories above a path, innermost first. The last is the root.
fn directories_above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| (!path.is_empty()).then(|| parent(path))).skip(1)
}

fn error(kind: io::ErrorKind, text: String) -> io::Error {
    io::Error::new(kind, text)
}
