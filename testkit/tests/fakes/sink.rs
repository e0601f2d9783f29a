//! `sink::script`: backpressure, errors, expectations, and reports of mismatches.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use futures_executor::block_on;
use futures_util::stream::iter;
use futures_util::{FutureExt, Sink, SinkExt, StreamExt};
use testkit::sink::{Script, script};
use testkit::{Gate, Sim};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// Starts a script with strings as errors.
#[track_caller]
fn scripted<T>() -> Script<T, &'static str> {
    script()
}

/// Sends the items and closes the sink.
async fn send_all<T>(sink: Script<T, &'static str>, items: impl IntoIterator<Item = T>) -> Result<(), &'static str> {
    iter(items).map(Ok).forward(sink).await
}

#[tokio::test(start_paused = true)]
async fn a_script_runs_through_steps_of_all_kinds() {
    let (gate, begun) = (Gate::new(), Instant::now());
    gate.release();
    let mut sink = scripted()
        .item(1)
        .items([2, 3])
        .item_where("an even number", |item| item % 2 == 0)
        .any(2)
        .wait(SECOND)
        .pending(&gate)
        .item(7)
        .flush()
        .close()
        .build();
    let received = sink.received();
    sink.send_all(&mut iter([1, 2, 3, 4, 5, 6, 7]).map(Ok)).await.unwrap();
    assert_eq!((received.count(), received.flushed()), (7, 7));
    sink.close().await.unwrap();
    sink.close().await.unwrap();
    assert_eq!(received.take(), [1, 2, 3, 4, 5, 6, 7]);
    assert!(received.take().is_empty());
    assert_eq!(begun.elapsed(), SECOND);
}

#[testkit::test]
async fn backpressure_delays_a_sender_in_a_simulation(sim: Sim) {
    let full = Gate::new();
    let sink = scripted().any(1).pending(&full).any(1).wait(3600 * SECOND).any(1).close();
    let received = sink.received();
    let sending = sim.spawn("sending", send_all(sink, [1, 2, 3]));
    full.reached().await;
    assert_eq!(received.take(), [1]);
    full.release();
    received.wait_for(2).await;
    assert_eq!(received.take(), [2]);
    sending.await.unwrap().unwrap();
    assert_eq!(received.take(), [3]);
    assert_eq!(sim.elapsed(), 3600 * SECOND);
}

#[test]
fn only_a_flush_flushes_items() {
    let mut sink = scripted().any(3).build();
    let received = sink.received();
    block_on(async {
        sink.feed(1).await.unwrap();
        sink.feed(2).await.unwrap();
        assert_eq!((received.count(), received.flushed()), (2, 0));
        sink.flush().await.unwrap();
        assert_eq!(received.flushed(), 2);
        sink.send(3).await.unwrap();
        assert_eq!(received.flushed(), 3);
    });
    assert!(format!("{sink:?}").contains("taken: 3, left: 0, received: 3, flushed: 3"));
}

#[test]
fn each_call_can_fail() {
    block_on(async {
        let mut sink = scripted().any(1).error("full");
        assert_eq!(sink.send(1).await, Ok(()));
        assert_eq!(sink.send(2).await, Err("full"));

        let mut sink = scripted().send_error("too large").any(1);
        let received = sink.received();
        assert_eq!(poll_fn(|context| sink.poll_ready_unpin(context)).await, Ok(()));
        assert_eq!(sink.start_send_unpin(1), Err("too large"));
        assert_eq!(sink.send(2).await, Ok(()));
        assert_eq!(received.take(), [2]);

        let mut sink = scripted().any(1).flush_error("reset").flush().build();
        assert_eq!(sink.send(1).await, Err("reset"));
        assert_eq!(sink.flush().await, Ok(()));

        let mut sink = script::<u8, _>().close_error(io::ErrorKind::BrokenPipe).build();
        assert_eq!(sink.close().await, Err(io::ErrorKind::BrokenPipe));
    });
}

#[tokio::test(start_paused = true)]
async fn a_flush_and_a_close_may_be_delayed() {
    let begun = Instant::now();
    let mut sink = scripted().any(1).wait(SECOND).flush().wait(2 * SECOND).close().build();
    sink.send(1).await.unwrap();
    assert_eq!(begun.elapsed(), SECOND);
    sink.close().await.unwrap();
    assert_eq!(begun.elapsed(), 3 * SECOND);
}

#[test]
fn a_close_flushes() {
    let mut sink = scripted().any(2).flush().close().build();
    let received = sink.received();
    block_on(async {
        sink.feed(1).await.unwrap();
        sink.feed(2).await.unwrap();
        sink.close().await.unwrap();
        sink.flush().await.unwrap();
    });
    assert_eq!(received.flushed(), 2);
}

#[tokio::test(start_paused = true)]
async fn poll_ready_may_be_called_without_sending() {
    let sink = scripted().items([1, 2]).wait(SECOND).item(3).flush().close();
    let received = sink.received();
    // A buffer also calls `poll_ready` before it flushes and closes.
    iter([1, 2, 3]).map(Ok).forward(sink.buffer(2)).await.unwrap();
    assert_eq!((received.take(), received.flushed()), (vec![1, 2, 3], 3));
}

#[test]
fn readiness_remains_until_an_item_is_sent() {
    let mut sink = scripted().flush().pending(&Gate::new()).any(1).close().build();
    block_on(async {
        poll_fn(|context| sink.poll_ready_unpin(context)).await.unwrap();
        sink.flush().await.unwrap();
        sink.start_send_unpin(1).unwrap();
        sink.close().await.unwrap();
    });
}

#[test]
fn a_script_that_may_be_dropped_accepts_being_dropped() {
    let mut sink = scripted().any(2).may_be_dropped();
    block_on(sink.feed(1)).unwrap();
}

#[test]
#[should_panic(expected = "was sent an unexpected item in step 2 of 3\n  expected: 2\n  received: 3")]
fn an_unexpected_item_is_reported() {
    _ = block_on(send_all(scripted().items([1, 2]).close(), [1, 3]));
}

#[test]
#[should_panic(expected = "in step 1 of 1\n  expected: an even number\n  received: 3")]
fn an_item_of_another_kind_is_reported() {
    _ = block_on(send_all(scripted().item_where("an even number", |item| item % 2 == 0), [3]));
}

#[test]
#[should_panic(expected = "the sink scripted at testkit/tests/fakes/sink.rs:")]
fn a_report_names_the_line_that_created_the_script() {
    drop(script::<u8, ()>().any(1));
}

#[test]
#[should_panic(expected = "was sent an item past the end of its 1-step script")]
fn excess_items_are_reported() {
    _ = block_on(send_all(scripted().any(1), [1, 2]));
}

#[test]
#[should_panic(expected = "was sent an item in step 2 of 3, which expects a flush")]
fn a_missing_flush_is_reported() {
    let mut sink = scripted().any(1).flush().any(1);
    block_on(async {
        sink.feed(1).await.unwrap();
        _ = sink.feed(2).await;
    });
}

#[test]
#[should_panic(expected = "was closed in step 2 of 3, which expects an item: 2")]
fn an_early_close_is_reported() {
    _ = block_on(send_all(scripted().items([1, 2]).close(), [1]));
}

#[test]
#[should_panic(expected = "was closed after its 1 step; if that is expected, add `.close()`")]
fn an_unexpected_close_is_reported() {
    _ = block_on(send_all(scripted().any(1), [1]));
}

#[test]
#[should_panic(expected = "was sent an item after it was closed")]
fn a_use_after_the_close_is_reported() {
    let mut sink = scripted().close().build();
    block_on(async {
        sink.close().await.unwrap();
        _ = sink.feed(1).await;
    });
}

#[test]
#[should_panic(expected = "was sent an item before it was ready: before each `start_send`, `poll_ready` must have")]
fn an_item_sent_without_poll_ready_is_reported() {
    let mut sink = scripted().any(2);
    block_on(sink.feed(1)).unwrap();
    _ = Pin::new(&mut sink).start_send(2);
}

#[test]
#[should_panic(expected = "was dropped after 1 of its 3 steps; the next step expects an item: 2")]
fn missing_items_are_reported() {
    let mut sink = scripted().items([1, 2]).close();
    block_on(sink.send(1)).unwrap();
}

#[test]
#[should_panic(expected = "was dropped with 2 unflushed items")]
fn unflushed_items_are_reported() {
    let mut sink = scripted().any(3);
    block_on(async {
        sink.send(1).await.unwrap();
        sink.feed(2).await.unwrap();
        sink.feed(3).await.unwrap();
    });
}

#[test]
#[should_panic(
    expected = "was dropped after 0 of its 2 steps; step 1 waits at the gate created at testkit/tests/fakes/sink.rs:"
)]
fn an_unreleased_gate_is_reported() {
    let mut sink = scripted().pending(&Gate::new()).any(1);
    assert!(sink.feed(1).now_or_never().is_none());
}

#[test]
#[should_panic(expected = "waits for 1s on tokio's clock, but there is no tokio runtime")]
fn a_wait_without_a_runtime_is_reported() {
    _ = block_on(scripted().wait(SECOND).any(1).feed(1));
}
