//! Description of a task, passed to its spawner.

use std::panic::Location;

/// Name and spawn site of a task.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TaskOrigin<'a> {
    /// Name of the task.
    pub name: &'a str,
    /// Spawn site.
    pub site: &'static Location<'static>,
    /// Size of the future in bytes. For blocking work, the size of its captures.
    pub size: usize,
}

impl<'a> TaskOrigin<'a> {
    /// Creates the origin of a task. `size` is the size of its future in bytes.
    pub fn new(name: &'a str, site: &'static Location<'static>, size: usize) -> Self {
        TaskOrigin { name, site, size }
    }
}
