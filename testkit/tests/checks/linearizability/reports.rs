//! Rendering of histories and reports as text.

use std::sync::Arc;

use proptest::prelude::*;
use testkit::linearizability::{History, Model, Program, ReferenceStateMachine};
use testkit::{Explorer, Sim};
use tokio::sync::Mutex;

use super::fresh;
use super::models::{Count, Counter, Get, Put, Register};

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
not linearizable: no order of the 5 operations explains the responses
  initially  0
  client 1   |----------- Put(1) -> 1 -----------|    |-- Put(3) -> ? -->
  client 2     |-- Get -> 1 --| |-- Get -> 0 --|
  client 3                        |-- Put(2) -> ? --?
             ?  abandoned: it took effect, may do so later, or never does
             >  not returned: it may or may not have taken effect
  in order   Put(1) -> 1, Get -> 1: the state is 1
  next       Get of client 2 returned 0; the model returns 1
";
    assert_eq!(history.check().unwrap_err().to_string(), expected);
}

#[test]
fn a_history_that_is_too_wide_is_numbered_and_continues_below() {
    let mut history = History::<Register>::new(7);
    for round in 0..10 {
        let put = history.call("writer", Put(round));
        let get = history.call("reader of values", Get);
        history.returned(put, round);
        history.returned(get, if round == 9 { 0 } else { round });
    }
    let text = history.check().unwrap_err().to_string();
    let expected = "\
not linearizable: no order of the 20 operations explains the responses
  initially         7
  writer            |- 1 -|   |- 3 -|   |- 5 -|   |- 7 -|   |- 9 -|    |- 11 -|   |- 13 -|   |- 15 -
  reader of values    |- 2 -|   |- 4 -|   |- 6 -|   |- 8 -|   |- 10 -|   |- 12 -|   |- 14 -|   |- 16

  writer            |   |- 17 -|   |- 19 -|
  reader of values   -|   |- 18 -|   |- 20 -|
                     1  Put(0) -> 0
                     2  Get -> 0
";
    assert!(text.starts_with(expected), "{text}");
    let end = "\
                    20  Get -> 0
  in order   .., Get -> 7, Put(8) -> 8, Get -> 8, Put(9) -> 9: the state is 9
  next       Get of reader of values returned 0; the model returns 9
";
    assert!(text.ends_with(end), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn a_long_operation_is_truncated() {
    let mut history = History::<Text>::new(String::new());
    let call = history.call("client", "x".repeat(300));
    history.returned(call, String::new());
    let text = history.to_string();
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    assert!(text.contains("xxx .. -> \"\" --|\n"), "{text}");
}

async fn counter(_: Sim, count: u32) -> Arc<Mutex<u32>> {
    Arc::new(Mutex::new(count))
}

/// Increments the value, and may lose a concurrent increment.
async fn count(count: Arc<Mutex<u32>>, operation: Count) -> Option<u32> {
    let read = *count.lock().await;
    match operation {
        Count::Increment => {
            *count.lock().await = read + 1;
            None
        }
        Count::Read => Some(read),
    }
}

#[test]
fn a_report_has_the_history_the_schedule_and_the_program() {
    let program = Program::new(0).client([Count::Increment]).client([Count::Increment]).after([Count::Read]);
    let explorer = Explorer::new().replay(&"v1:0;p1.1.0=1".parse().unwrap());
    let outcome = fresh::<Counter>().only(program).explorer(explorer).run(counter, count);
    let failure = outcome.failure().expect("an update is lost");
    let expected = format!(
        "\
not linearizable: no order of the 3 operations explains the responses
  initially  0
  main                                   |-- Read -> Some(1) --|
  client 1   |-- Increment -> None --|
  client 2     |-- Increment -> None --|
  in order   Increment -> None, Increment -> None: the state is 2
  next       Read of main returned Some(1); the model returns Some(2)
  schedule 1 of 200; 1 choice:
    {}
  program   Program::new(0).client([Increment]).client([Increment]).after([Read])
  replay    TESTKIT_REPLAY='v1:0;p1.1.0=1' cargo test linearizability::reports::a_report_has_the_history_the_schedule_and_the_program
",
        failure.run().choices()[0]
    );
    assert_eq!(failure.to_string(), expected);
}

#[test]
fn a_report_explains_how_to_reproduce_a_generated_program() {
    let outcome = fresh::<Counter>().run(counter, count);
    let failure = outcome.failure().expect("an update is lost");
    let report = failure.to_string();
    let number = outcome.programs_run();
    assert!(report.contains(&format!("\n  program   {number} of 256")), "{report}");
    let end = format!(
        ":
            {:?}
  replay    TESTKIT_REPLAY='{}' cargo test {}, with this program passed to `only`
",
        failure.program(),
        failure.run().schedule(),
        "linearizability::reports::a_report_explains_how_to_reproduce_a_generated_program"
    );
    assert!(report.ends_with(&end), "{report}");
}

/// A string that each operation replaces.
struct Text;

impl ReferenceStateMachine for Text {
    type State = String;
    type Transition = String;

    fn init_state() -> BoxedStrategy<String> {
        Just(String::new()).boxed()
    }

    fn transitions(_: &String) -> BoxedStrategy<String> {
        ".*".boxed()
    }

    fn apply(_: String, new: &String) -> String {
        new.clone()
    }
}

impl Model for Text {
    type Response = String;

    fn respond(old: &String, _: &String) -> String {
        old.clone()
    }
}
