//! Blocking work runs in place, on the thread of the simulation.

use std::thread;

use testkit::Sim;
use tokio::task::{block_in_place, coop, spawn_blocking};

#[testkit::test]
async fn blocking_work_runs_on_this_thread() {
    let here = thread::current().id();
    let handle = spawn_blocking(move || thread::current().id() == here);
    assert!(handle.is_finished(), "it has run in place");
    assert!(handle.await.unwrap());
    assert_eq!(block_in_place(|| thread::current().id()), here);
}

#[testkit::test]
async fn a_panic_of_blocking_work_reaches_the_handle() {
    let error = spawn_blocking(|| panic!("expected")).await.unwrap_err();
    assert_eq!(error.into_panic().downcast_ref(), Some(&"expected"));
}

#[testkit::test]
async fn blocking_work_has_no_part_in_the_budget_of_its_caller() {
    let had = coop::has_budget_remaining();
    let inside = spawn_blocking(|| {
        // More operations than a task has in one poll.
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        (0..200).for_each(|number| sender.send(number).unwrap());
        (0..200).filter(|_| receiver.try_recv().is_ok()).count()
    });
    assert_eq!(coop::has_budget_remaining(), had);
    assert_eq!(inside.await.unwrap(), 200);
}

#[testkit::test]
async fn files_are_read_and_written(sim: Sim) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    tokio::fs::write(&path, "text").await.unwrap();
    let reading = tokio::spawn(async move { tokio::fs::read_to_string(path).await.unwrap() });
    assert_eq!(reading.await.unwrap(), "text");
    let addresses: Vec<_> = tokio::net::lookup_host("127.0.0.1:80").await.unwrap().collect();
    assert_eq!(addresses.len(), 1);
    assert_eq!(sim.clock().now(), sim.clock().now());
}
