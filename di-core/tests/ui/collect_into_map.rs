//! Each field of a map has a key of its own.
use std::collections::BTreeMap;
use std::sync::Arc;

use di_core::{Component, Container};

#[derive(Component)]
struct Disk;

#[derive(Container)]
struct App {
    #[component]
    disk: Arc<Disk>,
    #[collect("a" = disk, r"a" = disk)]
    duplicate_key: BTreeMap<String, Arc<Disk>>,
    #[collect("a" = disk, disk)]
    no_key: BTreeMap<&'static str, Arc<Disk>>,
    #[collect(disk)]
    no_keys: BTreeMap<u8, Arc<Disk>>,
    #[collect("a" = disk)]
    not_a_map: Vec<Arc<Disk>>,
}

#[derive(Container)]
struct OfAnotherType {
    #[component]
    disk: Arc<Disk>,
    #[collect(1 = disk)]
    numbers: BTreeMap<String, Arc<Disk>>,
}

fn main() {}
