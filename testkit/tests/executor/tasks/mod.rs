//! Tasks: the search explores their order, and their handles behave like tokio's.

mod choices;
mod handles;
mod orders;
mod services;
mod time;

use std::sync::{Arc, Mutex};

use di_core::task;

type Log = Arc<Mutex<Vec<u8>>>;

async fn log(log: Log, what: u8) {
    log.lock().unwrap().push(what);
}

async fn log_twice(log: Log, what: u8) {
    log.lock().unwrap().push(what);
    task::yield_now().await;
    log.lock().unwrap().push(what);
}

fn taken(log: &Log) -> Vec<u8> {
    std::mem::take(&mut *log.lock().unwrap())
}
