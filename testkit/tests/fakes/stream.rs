//! `stream::script`, `stream::channel` and `Gate`: scripted events, and reports of mismatches.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use futures_executor::block_on;
use futures_util::future::join;
use futures_util::stream::FusedStream;
use futures_util::{FutureExt, Stream, StreamExt, TryStreamExt};
use testkit::stream::{channel, script};
use testkit::{Explorer, FailureKind, Gate, Sim};
use tokio::time::{Instant, timeout};

use crate::hooked::{run_with_timeout, waker};

const SECOND: Duration = Duration::from_secs(1);

// The script.

#[tokio::test(start_paused = true)]
async fn a_script_runs_through_steps_of_all_kinds() {
    let (gate, begun) = (Gate::new(), Instant::now());
    let stream = script().item(Ok(1)).items([Ok(2), Ok(3)]).wait(SECOND).pending(&gate).error("reset").end();
    gate.release();
    assert_eq!(stream.size_hint(), (4, Some(4)));
    assert_eq!(stream.collect::<Vec<_>>().await, [Ok(1), Ok(2), Ok(3), Err("reset")]);
    assert_eq!(begun.elapsed(), SECOND);
}

#[testkit::test]
async fn a_script_takes_virtual_time_in_a_simulation(sim: Sim) {
    let gate = Gate::new();
    let stream = script().item(1).wait(3600 * SECOND).pending(&gate).item(2).end();
    let reading = sim.spawn("reading", stream.collect::<Vec<_>>());
    gate.reached().await;
    assert_eq!(sim.elapsed(), 3600 * SECOND);
    gate.release();
    assert_eq!(reading.await.unwrap(), [1, 2]);
}

#[test]
fn a_deadlock_at_an_unreleased_gate_names_the_gates_line() {
    let outcome = Explorer::new().run(|_| async {
        script::<u8>().pending(&Gate::new()).end().next().await;
    });
    let failure = outcome.failure().unwrap();
    assert_eq!(failure.kind(), FailureKind::Deadlock);
    assert!(failure.to_string().contains("task 0 `main`  stream.rs:"), "{failure}");
}

#[test]
fn a_script_needs_a_runtime_only_to_wait() {
    let gate = Gate::new();
    let releasing = async {
        for _ in 0..2 {
            gate.reached().await;
            gate.release();
        }
    };
    let stream = script().item(1).pending(&gate).item(2).pending(&gate).end();
    assert_eq!(block_on(join(stream.collect::<Vec<_>>(), releasing)).0, [1, 2]);
}

#[test]
#[should_panic(expected = "waits for 1s on tokio's clock, but there is no tokio runtime: use")]
fn a_wait_without_a_runtime_is_reported() {
    block_on(script().wait(SECOND).item(1).next());
}

#[tokio::test(start_paused = true)]
async fn a_stalled_stream_times_out() {
    let mut stream = script().item(Ok::<_, ()>(1)).stall();
    assert_eq!(stream.try_next().await, Ok(Some(1)));
    assert!(timeout(SECOND, stream.try_next()).await.is_err());
    assert!(!stream.is_terminated());
}

#[test]
#[should_panic(expected = "was dropped after 1 of its 2 steps; the next step is a stall")]
fn a_consumer_that_stops_before_the_stall_is_reported() {
    let mut stream = script().item(1).stall();
    assert_eq!(stream.next().now_or_never(), Some(Some(1)));
}

#[test]
#[should_panic(
    expected = "was dropped after 1 of its 3 steps; step 2 waits at the gate created at testkit/tests/fakes/stream.rs:"
)]
fn an_unreleased_gate_is_reported() {
    let mut stream = script().item(1).pending(&Gate::new()).item(2);
    assert_eq!(stream.next().now_or_never(), Some(Some(1)));
    assert_eq!(stream.next().now_or_never(), None);
}

#[test]
#[should_panic(expected = "the stream scripted at testkit/tests/fakes/stream.rs:")]
fn a_report_names_the_line_that_created_the_script() {
    drop(script().item(1));
}

#[testkit::test]
async fn a_script_that_may_be_dropped_accepts_a_cancelled_consumer(sim: Sim) {
    let gate = Gate::new();
    let stream = script().items([1, 2]).pending(&gate).item(3).end().may_be_dropped();
    let releasing = sim.spawn("releasing", async move { gate.release() });
    if let Some(items) = sim.cancel_anywhere(stream.collect::<Vec<_>>()).await {
        assert_eq!(items, [1, 2, 3]);
    }
    releasing.await.unwrap();
}

// The gate.

#[test]
fn a_gate_loses_no_wakeup_between_threads() {
    const TIMES: usize = 10_000;
    run_with_timeout(|| {
        let gate = Gate::new();
        let passing = thread::spawn({
            let gate = gate.clone();
            move || {
                block_on(async {
                    for _ in 0..TIMES {
                        gate.pass().await;
                    }
                });
            }
        });
        block_on(async {
            for _ in 0..TIMES {
                gate.reached().await;
                gate.release();
            }
        });
        passing.join().unwrap();
        assert_eq!(gate.waiting(), 0);
    });
}

#[test]
fn concurrent_releases_and_arrivals_are_all_counted() {
    const TIMES: usize = 10_000;
    run_with_timeout(|| {
        let gate = Gate::new();
        let passing = [(); 2].map(|()| {
            let gate = gate.clone();
            thread::spawn(move || {
                block_on(async { futures_util::stream::repeat(()).take(TIMES / 2).for_each(|()| gate.pass()).await })
            })
        });
        for _ in 0..TIMES {
            gate.release();
        }
        passing.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(gate.pass().now_or_never(), None, "no release is left");
    });
}

#[test]
fn a_waker_may_call_the_gate() {
    run_with_timeout(|| {
        let gate = Gate::new();
        let calling = || {
            let gate = gate.clone();
            waker(move || assert!(gate.waiting() < 2 && format!("{gate:?}").contains("waiting")))
        };
        let (first, second) = (calling(), calling());
        let mut pass = gate.pass();
        assert!(pass.poll_unpin(&mut Context::from_waker(&first)).is_pending());
        assert!(pass.poll_unpin(&mut Context::from_waker(&second)).is_pending());
        gate.release();
        assert!(pass.poll_unpin(&mut Context::from_waker(&first)).is_ready());
        let mut given_up = gate.pass();
        assert!(given_up.poll_unpin(&mut Context::from_waker(&first)).is_pending());
        drop(given_up);
    });
}

#[test]
fn a_release_while_the_waker_is_cloned_is_not_missed() {
    let gate = Gate::new();
    let releasing = gate.clone();
    let waker = waker(move || releasing.release());
    assert!(gate.pass().poll_unpin(&mut Context::from_waker(&waker)).is_ready());
}

#[test]
fn only_the_latest_waker_is_woken() {
    let woken = [AtomicUsize::new(0), AtomicUsize::new(0)].map(Arc::new);
    let [old, new] = woken.clone().map(|woken| {
        // Clones and drops of the waker are also counted.
        waker(move || _ = woken.fetch_add(1, Ordering::Relaxed))
    });
    let gate = Gate::new();
    let mut pass = gate.pass();
    assert!(pass.poll_unpin(&mut Context::from_waker(&old)).is_pending());
    assert!(pass.poll_unpin(&mut Context::from_waker(&new)).is_pending());
    let before = woken.clone().map(|woken| woken.load(Ordering::Relaxed));
    gate.release();
    assert_eq!(woken.map(|woken| woken.load(Ordering::Relaxed)), [before[0], before[1] + 1]);
}

// The channel.

#[testkit::test]
async fn a_test_can_wait_until_the_consumer_waits(sim: Sim) {
    let (sender, stream) = channel();
    assert!(!sender.is_awaited());
    let reading = sim.spawn("reading", stream.collect::<Vec<_>>());
    for item in 0..3 {
        sender.awaited().await;
        assert!(sender.is_awaited() && sender.is_empty());
        sender.push(item);
        assert!(!sender.is_awaited());
    }
    drop(sender);
    assert_eq!(reading.await.unwrap(), [0, 1, 2]);
}

#[test]
fn a_channel_loses_no_wakeup_between_threads() {
    const TIMES: usize = 10_000;
    run_with_timeout(|| {
        let (sender, stream) = channel();
        let reading = thread::spawn(move || block_on(stream.collect::<Vec<_>>()));
        block_on(async {
            for item in 0..TIMES {
                // Half of the items race with a poll of the consumer.
                if item % 2 == 0 {
                    sender.awaited().await;
                }
                sender.push(item);
            }
        });
        sender.end();
        assert_eq!(reading.join().unwrap(), (0..TIMES).collect::<Vec<_>>());
    });
}

#[test]
fn a_waker_may_call_the_channel() {
    run_with_timeout(|| {
        let (sender, mut stream) = channel::<u8>();
        let sender = Arc::new(sender);
        let calling = || {
            let sender = Arc::downgrade(&sender);
            waker(move || _ = sender.upgrade().map(|sender| sender.len()))
        };
        let (first, second) = (calling(), calling());
        assert!(stream.poll_next_unpin(&mut Context::from_waker(&first)).is_pending());
        assert!(stream.poll_next_unpin(&mut Context::from_waker(&second)).is_pending());
        sender.push(1);
        assert_eq!(stream.poll_next_unpin(&mut Context::from_waker(&first)), Poll::Ready(Some(1)));
        assert!(stream.poll_next_unpin(&mut Context::from_waker(&first)).is_pending());
        drop(stream);
        assert!(sender.is_dropped());
    });
}

#[test]
fn an_item_sent_while_the_waker_is_cloned_is_not_missed() {
    let (sender, mut stream) = channel();
    let pushing = sender.clone();
    let waker = waker(move || pushing.push(1));
    assert_eq!(stream.poll_next_unpin(&mut Context::from_waker(&waker)), Poll::Ready(Some(1)));
}

#[testkit::test]
async fn a_test_can_see_that_the_consumer_was_dropped(sim: Sim) {
    let (sender, stream) = channel();
    let taking = sim.spawn("taking", stream.take(1).collect::<Vec<_>>());
    sender.push(1);
    sender.dropped().await;
    assert_eq!(taking.await.unwrap(), [1]);
    sender.push(2);
    assert!(sender.is_empty() && sender.is_dropped());
}
