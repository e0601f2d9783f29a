//! Files of one disk: names and contents.

use std::collections::BTreeMap;
use std::io;

use super::content::Content;
use super::names::{FileId, Names};

/// Files of a disk.
#[derive(Debug, Default)]
pub(super) struct Storage {
    pub(super) names: Names,
    pub(super) contents: BTreeMap<FileId, Content>,
    /// Number of changes so far. Numbers files and changes.
    pub(super) changes: usize,
    /// Maximum size of all files together, in bytes.
    pub(super) capacity: Option<u64>,
}

impl Storage {
    pub(super) fn read(&self, path: &str) -> io::Result<&[u8]> {
        Ok(&self.contents[&self.names.find(path)?].bytes)
    }

    pub(super) fn write(&mut self, path: &str, bytes: Vec<u8>) -> io::Result<()> {
        let number = self.next_change();
        let content = self.find_or_create(number, path)?;
        let freed = self.contents[&content].bytes.len();
        self.check_capacity(bytes.len(), freed)?;
        self.content(content).replace(number, bytes);
        Ok(())
    }

    pub(super) fn append(&mut self, path: &str, bytes: Vec<u8>) -> io::Result<()> {
        let number = self.next_change();
        let content = self.find_or_create(number, path)?;
        self.check_capacity(bytes.len(), 0)?;
        self.content(content).append(number, bytes);
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let number = self.next_change();
        self.names.rename(number, from, to)
    }

    pub(super) fn remove(&mut self, path: &str) -> io::Result<()> {
        let number = self.next_change();
        self.names.remove(number, path)
    }

    /// Makes the writes to a file before change number `end` durable.
    pub(super) fn sync(&mut self, file: FileId, end: usize) {
        // A file that was removed in the meantime may be gone.
        if let Some(content) = self.contents.get_mut(&file) {
            content.sync(end);
        }
    }

    /// Makes the changes of a directory before change number `end` durable.
    pub(super) fn sync_directory(&mut self, directory: &str, end: usize) {
        self.names.sync_directory(directory, end);
        self.remove_unused();
    }

    /// Drops the contents of files that have no name and cannot get one back in a crash.
    pub(super) fn remove_unused(&mut self) {
        let used = self.names.refers_to();
        self.contents.retain(|file, _| used.contains(file));
    }

    fn next_change(&mut self) -> usize {
        self.changes += 1;
        self.changes - 1
    }

    fn find_or_create(&mut self, number: usize, path: &str) -> io::Result<FileId> {
        match self.names.find(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.names.create(number, path, number)?;
                self.contents.insert(number, Content::default());
                Ok(number)
            }
            found => found,
        }
    }

    fn content(&mut self, file: FileId) -> &mut Content {
        self.contents.get_mut(&file).expect("a file with a name has content")
    }

    fn check_capacity(&self, added: usize, freed: usize) -> io::Result<()> {
        let Some(capacity) = self.capacity else { return Ok(()) };
        let used: usize = self.names.files().map(|(_, file)| self.contents[&file].bytes.len()).sum();
        if (used - freed + added) as u64 > capacity {
            let text = format!("no space left: {used} of {capacity} bytes are in use, and {added} more are needed");
            return Err(io::Error::new(io::ErrorKind::StorageFull, text));
        }
        Ok(())
    }
}
