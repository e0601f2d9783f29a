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
    let expected = "\
not linearizable: no order of these 5 operations gives what they returned
  initially  0
  client 1   |----------- Put(1) -> 1 -----------|    |-- Put(3) -> ? -->
  client 2     |-- Get -> 1 --| |-- Get -> 0 --|
  client 3                        |-- Put(2) -> ? --?
             ?  given up: it took effect, will do so later, or never
             >  had not returned: it took effect, or did not
  in order   Put(1) -> 1, Get -> 1: the state is 1
  next       Get of client 2 returned 0; the model returns 1
";
    assert_eq!(history.check().unwrap_err().to_string(), expected);
}

#[test]
fn a_long_history_is_numbered_and_goes_on_below() {
    let mut history = History::<Register>::new(7);
    for round in 0..10 {
        let put = history.call("writer", Put(round));
        let get = history.call("reader of values", Get);
        history.returned(put, round);
        history.returned(get, if round == 9 { 0 } else { round });
    }
    let refused = history.check().unwrap_err().to_string();
    println!("{refused}");
    let text = history.to_string();
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    assert_eq!(text, "");
}

#[test]
fn a_report_has_all_that_is_needed() {
    let outcome = fresh::<Counter>().clients(2).run(
        |_, value| async move { Arc::new(Mutex::new(value)) },
        |value: Arc<Mutex<u32>>, operation| async move {
            let read = *value.lock().await;
            match operation {
                Count::Increment => {
                    *value.lock().await = read + 1;
                    None
                }
                Count::Read => Some(read),
            }
        },
    );
    let report = outcome.failure().expect("an update is lost").to_string();
    println!("{report}");
    assert_eq!(report, "");
}
