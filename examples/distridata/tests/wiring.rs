//! The wiring is kept in the repository, so that a change of it is seen in review.

use distridata::app::App;
use distridata::host::StorageHost;
use distridata::http::{Http, Request};
use distridata::storage::Storage;

#[test]
fn the_service_is_wired_as_reviewed() {
    testkit::graph::assert_golden(App::GRAPH, "wiring/app.mmd");
    testkit::graph::assert_golden(Storage::GRAPH, "wiring/storage.mmd");
    testkit::graph::assert_golden(Http::GRAPH, "wiring/http.mmd");
    testkit::graph::assert_golden(Request::GRAPH, "wiring/request.mmd");
}

#[test]
fn a_storage_host_is_wired_as_reviewed() {
    testkit::graph::assert_golden(StorageHost::GRAPH, "wiring/storage_host.mmd");
}

#[test]
fn every_part_is_used() {
    for graph in [App::GRAPH, Storage::GRAPH, Http::GRAPH, Request::GRAPH, StorageHost::GRAPH] {
        assert_eq!(graph.unused().count(), 0, "{}", graph.name());
    }
}
