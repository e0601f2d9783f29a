//! A member with `#[cfg]` must be a field if the condition holds.
use std::sync::Arc;

use di_core::{Component, Container};

#[derive(Component)]
struct Disk;

#[derive(Container)]
struct App {
    #[component]
    disk: Arc<Disk>,
    #[collect(disk, #[cfg(not(any()))] memory, #[cfg(any())] redis)]
    disks: Vec<Arc<Disk>>,
}

#[derive(Container)]
struct OfAnotherAttribute {
    #[component]
    disk: Arc<Disk>,
    #[collect(#[allow(unused)] disk)]
    attribute: Vec<Arc<Disk>>,
}

fn main() {}
