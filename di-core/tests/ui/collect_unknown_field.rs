//! In five seconds: `dsik` is a typo of `disk`; and the collecting field is a `Vec`.

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
