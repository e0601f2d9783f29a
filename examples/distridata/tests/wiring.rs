//! The wiring is kept in the repository, so that a change of it is seen in review.

use distridata::app::App;
use distridata::storage::StorageHost;

#[test]
fn the_coordinator_is_wired_as_reviewed() {
    testkit::graph::assert_golden(App::GRAPH, "wiring/app.mmd");
}

#[test]
fn a_storage_host_is_wired_as_reviewed() {
    testkit::graph::assert_golden(StorageHost::GRAPH, "wiring/storage_host.mmd");
}

#[test]
fn every_part_is_used() {
    assert_eq!(App::GRAPH.unused().chain(StorageHost::GRAPH.unused()).count(), 0);
}
