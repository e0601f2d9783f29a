use std::panic::Location;

/// What a task is called, and where it comes from.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TaskOrigin<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where it was spawned.
    pub site: &'static Location<'static>,
    /// Size of its future, in bytes; of blocking work, of what it has captured.
    pub size: usize,
}

impl<'a> TaskOrigin<'a> {
    /// What a task is called, where it is spawned, and the size of its future in bytes.
    pub fn new(name: &'a str, site: &'static Location<'static>, size: usize) -> Self {
        TaskOrigin { name, site, size }
    }
}
