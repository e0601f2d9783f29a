//! What people read.

use std::sync::Arc;

use testkit::linear::History;
use tokio::sync::Mutex;

use crate::fresh;
use crate::models::{Count, Counter, Get, Put, Register};

#[test]
fn a_history_is_a_small_timeline() {
    let mut history = History::<Register>::new(0);
    let put = history.call("client 1", Put(1));
    let early = history.call("client 2", Get);
    history.returned(early, 1);
    let late = history.call("client 2", Get);
    let given_up = history.call("client 3", Put(2));
    history.returned(late, 0);
    history.returned(put, 1);
    history.unknown(given_up);
    let _ = history.call("client 1", Put(3));
    let expected = "";
    assert_eq!(history.check().unwrap_err().to_string(), expected);
}
