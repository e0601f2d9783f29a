//! `io::script`: scripted reads and writes, reports of mismatches, and parity with `tokio_test::io`.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::task::{ArcWake, waker};
use futures_util::{FutureExt, SinkExt, StreamExt};
use proptest::prelude::*;
use testkit::io::script;
use testkit::{Explorer, FailureKind, Gate, Sim};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf, split};
use tokio::time::{Instant, timeout};
use tokio_util::codec::{Framed, LinesCodec};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_script_runs_through_steps_of_all_kinds() -> io::Result<()> {
    let (gate, begun) = (Gate::new(), Instant::now());
    gate.release();
    let mut connection = script()
        .write("hello ")
        .write("world")
        .wait(SECOND)
        .read("hi")
        .pending(&gate)
        .read_error(ErrorKind::TimedOut.into())
        .write_error(ErrorKind::BrokenPipe.into())
        .read([0xff])
        .end()
        .shutdown()
        .build();
    let mut buffer = [0; 16];
    assert_eq!(connection.write(b"hello world").await?, 11, "adjacent steps are merged");
    assert_eq!(connection.read(&mut buffer[..1]).await?, 1);
    assert_eq!(connection.read(&mut buffer[1..]).await?, 1);
    assert_eq!(&buffer[..2], b"hi");
    assert_eq!(begun.elapsed(), SECOND);
    assert_eq!(connection.read(&mut buffer).await.unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(connection.write(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
    assert_eq!(connection.read(&mut buffer).await?, 1);
    assert_eq!(connection.read(&mut buffer).await?, 0);
    assert_eq!(connection.read(&mut buffer).await?, 0, "it stays ended");
    connection.flush().await?;
    connection.shutdown().await?;
    assert!(format!("{connection:?}").ends_with("taken: 10, left: 0, read: 3, written: 11 }"), "{connection:?}");
    Ok(())
}

/// Answers each line with its length until the input ends.
async fn serve(connection: impl AsyncRead + AsyncWrite + Unpin) {
    let mut lines = Framed::new(connection, LinesCodec::new());
    while let Some(line) = lines.next().await {
        lines.send(line.unwrap().len().to_string()).await.unwrap();
    }
    SinkExt::<String>::close(&mut lines).await.unwrap();
}

#[testkit::test]
async fn a_codec_reads_a_script_in_a_simulation(sim: Sim) {
    let gate = Gate::new();
    let connection = script()
        .read("on")
        .wait(3600 * SECOND)
        .read("e\ntw")
        .pending(&gate)
        .read("o\n")
        .write("3\n3\n")
        .end()
        .shutdown();
    let serving = sim.spawn("serving", serve(connection));
    gate.reached().await;
    gate.release();
    serving.await.unwrap();
    assert_eq!(sim.elapsed(), 3600 * SECOND);
}

#[test]
fn a_silent_peer_is_a_deadlock() {
    let outcome = Explorer::new().run(|_| serve(script().read("one\n").write("3\n").stall()));
    let failure = outcome.failure().unwrap();
    assert_eq!(failure.kind(), FailureKind::Deadlock);
    assert!(failure.to_string().contains("script_io.rs"), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn a_read_from_a_silent_peer_times_out() {
    let mut connection = script().read("h").stall().build();
    assert_eq!(connection.read_u8().await.unwrap(), b'h');
    assert!(timeout(SECOND, connection.read_u8()).await.is_err());
}

#[testkit::test]
async fn two_halves_in_two_tasks_wait_for_each_other(sim: Sim) {
    let gate = Gate::new();
    let connection =
        script().write("a").read("b").wait(SECOND).write("c").pending(&gate).read("d").write("e").end().shutdown();
    let (mut reader, mut writer) = split(connection);
    let reading = sim.spawn("reading", async move {
        let mut text = String::new();
        reader.read_to_string(&mut text).await.map(|_| text)
    });
    let writing = sim.spawn("writing", async move {
        writer.write_all(b"ac").await?;
        writer.write_all(b"e").await?;
        writer.shutdown().await
    });
    gate.reached().await;
    gate.release();
    assert_eq!(reading.await.unwrap().unwrap(), "bd");
    writing.await.unwrap().unwrap();
}

/// Counts its wakes.
struct Count(std::sync::atomic::AtomicUsize);

impl ArcWake for Count {
    fn wake_by_ref(count: &Arc<Self>) {
        count.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }
}

#[test]
fn a_waiting_writer_is_woken_when_a_read_advances_the_script() {
    let gate = Gate::new();
    let mut connection = script().read("a").pending(&gate).write("b").build();
    let (reader, writer) = (Arc::new(Count(0.into())), Arc::new(Count(0.into())));
    let [reading, writing] = [&reader, &writer].map(|count| waker(count.clone()));
    let counts = || [&reader, &writer].map(|count| count.0.load(std::sync::atomic::Ordering::Relaxed));
    let write = |connection: &mut testkit::io::Scripted| {
        Pin::new(connection).poll_write(&mut Context::from_waker(&writing), b"b")
    };
    assert!(write(&mut connection).is_pending());
    let mut bytes = [0; 8];
    let mut buffer = ReadBuf::new(&mut bytes);
    assert!(Pin::new(&mut connection).poll_read(&mut Context::from_waker(&reading), &mut buffer).is_ready());
    assert_eq!(counts(), [0, 1], "a reader that advances the script is not woken itself");
    assert!(write(&mut connection).is_pending());
    assert!(Pin::new(&mut connection).poll_read(&mut Context::from_waker(&reading), &mut buffer).is_pending());
    gate.release();
    assert_eq!(counts(), [1, 2], "both wait at the gate");
    assert!(matches!(write(&mut connection), Poll::Ready(Ok(1))));
}

#[test]
fn a_write_may_precede_a_read_that_is_scripted_earlier() {
    let mut connection = script().read("a").write("b").read("c").build();
    assert_eq!(connection.write(b"b").now_or_never().unwrap().unwrap(), 1);
    let mut text = [0; 2];
    connection.read_exact(&mut text).now_or_never().unwrap().unwrap();
    assert_eq!(&text, b"ac");
}

#[test]
fn empty_reads_and_writes_do_not_advance_the_script() {
    let mut connection = script().read("a").write("b").may_be_dropped().build();
    assert_eq!(connection.write(b"").now_or_never().unwrap().unwrap(), 0);
    assert_eq!(connection.read(&mut []).now_or_never().unwrap().unwrap(), 0);
}

#[testkit::test]
async fn a_script_that_may_be_dropped_accepts_a_cancelled_user(sim: Sim) {
    let gate = Gate::new();
    let releasing = sim.spawn("releasing", {
        let gate = gate.clone();
        async move { gate.release() }
    });
    _ = sim.cancel_anywhere(serve(script().read("one\n").pending(&gate).write("3\n").end().may_be_dropped())).await;
    releasing.await.unwrap();
}

// Reports.

/// Writes each string to a script.
fn write(connection: testkit::io::Script, texts: &[&str]) {
    let mut connection = connection.build();
    for text in texts {
        connection.write_all(text.as_bytes()).now_or_never().expect("the script does not wait").unwrap();
    }
}

fn read(connection: testkit::io::Script, count: usize) {
    let mut connection = connection.build();
    for _ in 0..count {
        connection.read_u8().now_or_never().expect("the script does not wait").unwrap();
    }
}

#[test]
#[should_panic(
    expected = "received an unexpected write at byte 4 of step 2 of 3 (byte 10 overall)\n  from byte  0\n  expected   47 45 54 20 2f 61"
)]
fn unexpected_bytes_are_reported() {
    write(script().write("hello\n").write("GET /a").end(), &["hello\nGE", "T x"]);
}

#[test]
#[should_panic(expected = "|GET /a|\n  written    47 45 54 20 78")]
fn unexpected_bytes_are_shown_beside_the_expected_ones() {
    write(script().write("GET /a"), &["GET ", "x"]);
}

#[test]
#[should_panic(expected = "received 1 byte past the end of its 1-step script, starting at byte 6 overall\n  21 ")]
fn excess_bytes_are_reported() {
    write(script().write("GET /a"), &["GET /a!"]);
}

#[test]
#[should_panic(
    expected = "received 4 bytes past the end of its 2-step script, starting at byte 0 overall\n  70 69 6e 67 "
)]
fn a_write_where_none_is_expected_is_reported_before_any_wait() {
    write(script().pending(&Gate::new()).read("a"), &["ping"]);
}

#[test]
#[should_panic(expected = "was written to after it was shut down\n  70 69 6e 67 ")]
fn a_write_after_the_shutdown_is_reported() {
    let mut connection = script().shutdown().build();
    connection.shutdown().now_or_never().unwrap().unwrap();
    _ = connection.write(b"ping").now_or_never();
}

#[test]
#[should_panic(expected = "was shut down before step 1 of 1: 4 bytes to be written")]
fn an_early_shutdown_is_reported() {
    _ = script().write("ping").build().shutdown().now_or_never();
}

#[test]
#[should_panic(
    expected = "was read past the end of its 1-step script, at byte 1; add `.end()` if it ends there, or `.stall()` if it stays open"
)]
fn a_read_past_the_script_is_reported() {
    read(script().read("a"), 2);
}

#[test]
#[should_panic(
    expected = "was dropped after 1 of its 4 steps, with 2 bytes read and 0 bytes written; step 2 has 2 bytes to be read:\n  63 64 "
)]
fn unread_bytes_are_reported() {
    read(script().read("a").read("bcd").write("ef").end(), 2);
}

#[test]
#[should_panic(expected = "0 bytes read and 2 bytes written; step 1 has 1 byte to be written:\n  63 ")]
fn missing_writes_are_reported() {
    write(script().write("abc"), &["ab"]);
}

#[test]
#[should_panic(expected = "step 2 is EOF")]
fn an_unread_end_is_reported() {
    read(script().read("a").end(), 1);
}

#[test]
#[should_panic(expected = "step 1 waits at the gate created at testkit/tests/fakes/script_io.rs:")]
fn an_unreleased_gate_is_reported() {
    let mut connection = script().pending(&Gate::new()).read("a").build();
    assert!(connection.read_u8().now_or_never().is_none());
}

#[test]
#[should_panic(expected = "the IO scripted at testkit/tests/fakes/script_io.rs:")]
fn a_report_names_the_line_that_created_the_script() {
    drop(script().read("a"));
}

#[test]
#[should_panic(expected = "waits for 1s on tokio's clock, but there is no tokio runtime")]
fn a_wait_without_a_runtime_is_reported() {
    read(script().wait(SECOND).read("a"), 1);
}

#[test]
#[should_panic(expected = "has an unreachable step after its end: 1 byte to be read")]
fn a_read_step_after_the_end_is_rejected() {
    drop(script().end().write("a").read("b"));
}

#[test]
#[should_panic(expected = "has a step with no bytes: use `.end()` for EOF")]
fn an_empty_step_is_rejected() {
    drop(script().read(""));
}

// Parity with `tokio_test::io`.

/// A call that is made on both scripts.
#[derive(Clone, Debug)]
enum Call {
    Read(usize),
    Write(usize),
}

/// Returns the outcome of each call. A write sends the bytes that the script expects next.
async fn outcomes(mut connection: impl AsyncRead + AsyncWrite + Unpin, calls: &[Call], written: &[u8]) -> Vec<String> {
    let (mut outcomes, mut at) = (Vec::new(), 0);
    for call in calls {
        let outcome = match call {
            Call::Read(size) => {
                let mut buffer = vec![0; *size];
                let read = timeout(SECOND, connection.read(&mut buffer)).await;
                format!("{read:?} {buffer:?}")
            }
            Call::Write(size) => {
                let end = written.len().min(at + size);
                if end == at {
                    continue;
                }
                let wrote = timeout(SECOND, connection.write(&written[at..end])).await;
                at += wrote.as_ref().map_or(0, |wrote| *wrote.as_ref().unwrap_or(&0));
                format!("{wrote:?}")
            }
        };
        outcomes.push(outcome);
    }
    // Skips the check for remaining steps.
    std::mem::forget(connection);
    outcomes
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn scripts_behave_like_tokio_tests_scripts(
        steps in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 1..8)), 1..8),
        calls in prop::collection::vec(prop_oneof![(1_usize..6).prop_map(Call::Read), (1_usize..6).prop_map(Call::Write)], 0..20),
    ) {
        let mut theirs = tokio_test::io::Builder::new();
        let mut ours = script();
        let mut written = Vec::new();
        for (is_read, bytes) in &steps {
            if *is_read {
                theirs.read(bytes);
                ours = ours.read(bytes);
            } else {
                theirs.write(bytes);
                ours = ours.write(bytes);
                written.extend(bytes);
            }
        }
// A `tokio_test` script ends implicitly.
        let ours = ours.end();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let [theirs, ours] = runtime.block_on(async {
            [outcomes(theirs.build(), &calls, &written).await, outcomes(ours, &calls, &written).await]
        });
        prop_assert_eq!(theirs, ours);
    }
}
