//! Compares the wiring with golden files, which make changes visible in reviews.

use distridata::app::App;
use distridata::host::StorageHost;
use distridata::http::{Http, RequestScope};
use distridata::storage::Storage;

#[test]
fn the_wiring_of_the_service_matches_the_golden_files() {
    testkit::graph::assert_golden(App::GRAPH, "wiring/app.mmd");
    testkit::graph::assert_golden(Storage::GRAPH, "wiring/storage.mmd");
    testkit::graph::assert_golden(Http::GRAPH, "wiring/http.mmd");
    testkit::graph::assert_golden(RequestScope::GRAPH, "wiring/request.mmd");
}

#[test]
fn the_wiring_of_a_storage_host_matches_the_golden_file() {
    testkit::graph::assert_golden(StorageHost::GRAPH, "wiring/storage_host.mmd");
}

#[test]
fn every_field_is_used() {
    for graph in [App::GRAPH, Storage::GRAPH, Http::GRAPH, RequestScope::GRAPH, StorageHost::GRAPH] {
        assert_eq!(graph.unused().count(), 0, "{}", graph.name());
    }
}
