//! `dsik` is misspelled; it should be `disk`. The collecting field must be a `Vec`.

use std::sync::Arc;

use di_core::{Component, Container};

#[derive(Component)]
pub struct Disk;

#[derive(Container)]
pub struct App {
    #[component]
    disk: Arc<Disk>,
    #[collect(dsik)]
    disks: Vec<Arc<Disk>>,
    #[collect(disk)]
    array: [Arc<Disk>; 1],
}

fn main() {}
