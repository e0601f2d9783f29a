//! Compares complete reports of broken laws.

use std::future::poll_fn;

use futures_util::stream;
use testkit::laws::{self, Laws};

use super::inbox::Inbox;

/// Asserts that the check fails with this report, apart from the line with the place of the check.
#[track_caller]
fn reads(laws: Laws, expected: &str) {
    let broken = laws.verdict().expect_err("a law is broken").to_string();
    let place = broken
        .lines()
        .find(|line| line.starts_with("  checked  at "))
        .expect("the report names the place of the check");
    assert!(place.contains("reports.rs:"), "{place}");
    let lines: Vec<_> = broken.lines().filter(|line| *line != place).collect();
    assert_eq!(lines.join("\n").trim_end(), expected.trim_matches('\n'), "\n{broken}");
}

#[test]
fn the_report_of_a_race_is_complete() {
    reads(
        laws::future(|case| {
            let inbox = Inbox::of(case, [7]);
            poll_fn(move |context| {
                let looked = inbox.look();
                if looked.is_pending() {
                    inbox.leave(context.waker().clone());
                }
                looked
            })
        }),
        r#"
law ChecksAgain is broken: it must check again after storing its waker, as it may become ready in between
  seen     event 1 happened after its check and before it stored waker A: it was ready, but was not woken
  advice   check and store the waker under one lock, or store it first and then check
          poll                              waker  result
       1  poll                              A      pending
            - event 1 happened while waker A was cloned
       2  poll, to see whether it is ready  B      ready: Some(7)
"#,
    );
}

#[test]
fn the_report_of_a_missing_waker_is_complete() {
    reads(
        laws::stream(|case| {
            let inbox = Inbox::of(case, ["one", "two"]);
            stream::poll_fn(move |_| inbox.look())
        }),
        r#"
law LeavesWaker is broken: it must arrange for its waker to be woken before it returns `Pending`
  seen     it was ready, but waker A had no clone, so nothing could have woken it
  advice   store the waker where the event that makes this ready wakes it; after polling an inner future, return `Pending` only if that returned `Pending`
          poll                                   waker  result
       1  poll_next                              A      pending
            - event 1 happens and wakes no waker
       2  poll_next, to see whether it is ready  B      item "one"
"#,
    );
}

#[test]
fn the_report_of_a_different_outcome_is_complete() {
    reads(
        laws::stream(|case| {
            let inbox = Inbox::of(case, ["one", "two"]);
            let mut polls = 0;
            stream::poll_fn(move |context| {
                polls += 1;
                inbox.poll(context).map(|item| item.map(|name| (name, polls)))
            })
        }),
        r#"
law SameOutcome is broken: it must produce the same outcome however it is polled
  seen     in this run           ("one", 4), ("two", 8)
           polled only if woken  ("one", 2), ("two", 4)
  advice   keep progress in the value itself, and let a poll that returns `Pending` change nothing observable
          poll                             waker  result
       1  poll_next                        A      pending
       2  poll_next again, without a wake  A      pending
       3  poll_next again, without a wake  A      pending
            - event 1 happens and wakes A
       4  poll_next                        A      item ("one", 4)
       5  poll_next                        A      pending
       6  poll_next again, without a wake  A      pending
       7  poll_next again, without a wake  A      pending
            - event 2 happens and wakes A
       8  poll_next                        A      item ("two", 8)
       9  poll_next                        A      pending
      10  poll_next again, without a wake  A      pending
      11  poll_next again, without a wake  A      pending
            - event 3 happens and wakes A
      12  poll_next                        A      the end
"#,
    );
}

#[test]
fn the_report_of_a_lost_permit_is_complete() {
    reads(
        laws::future(|case| {
            case.after_drop(|| panic!("a permit is lost"));
            tokio::time::sleep(std::time::Duration::from_secs(1))
        }),
        r#"
law SurvivesDrop is broken: it must tolerate a drop between any two polls
  seen     dropped after 2 polls, the `after_drop` check failed: a permit is lost
  advice   release in `Drop` what a poll has acquired, exactly once
          poll  waker  result
       1  poll  A      pending
            - time passes and wakes A
       2  poll  A      ready: ()
            - it is dropped
"#,
    );
}
