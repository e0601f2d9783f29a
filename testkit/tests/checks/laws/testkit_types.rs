//! testkit's own fakes keep all laws.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use di_core::ambient::Clock;
use futures_util::FutureExt;
use testkit::MockClock;
use testkit::io::{Duplex, DuplexEnd, duplex};
use testkit::laws::Case;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};

const SECOND: Duration = Duration::from_secs(1);

/// Creates an end that receives bytes, and then its end.
fn fed(case: &mut Case, duplex: Duplex) -> DuplexEnd {
    let (near, far) = duplex.build();
    let far = Arc::new(Mutex::new(far));
    for chunk in [&b"one, "[..], b"two, ", b"three"] {
        let far = far.clone();
        case.then(move || far.lock().unwrap().write_all(chunk).now_or_never().expect("there is room").unwrap());
    }
    case.then(move || far.lock().unwrap().shutdown().now_or_never().expect("ready immediately").unwrap());
    near
}

/// Creates an end. Its peer reads the bytes from time to time.
fn drained(case: &mut Case) -> DuplexEnd {
    let (near, far) = duplex().capacity(40).build();
    let far = Arc::new(Mutex::new((far, Vec::new())));
    let drain = move || {
        let (far, bytes) = &mut *far.lock().unwrap();
        while let Some(Ok(1..)) = far.read_buf(bytes).now_or_never() {}
        bytes.clone()
    };
    for _ in 0..20 {
        let drain = drain.clone();
        case.then(move || _ = drain());
    }
    case.received(drain);
    near
}

testkit::laws! {
    future a_sleep_of_a_mock_clock(case) {
        let clock = MockClock::new();
        for _ in 0..3 {
            let clock = clock.clone();
            case.then(move || clock.advance(SECOND));
        }
        let after = clock.clone();
        case.after_drop(move || assert!(after.sleepers().is_empty()));
        let clock: Arc<dyn Clock> = Arc::new(clock);
        clock.sleep(2 * SECOND)
    }

    read a_duplex(case) { fed(case, duplex()) }
    read a_duplex_with_latency(case) { fed(case, duplex().latency(SECOND)) }
    read a_duplex_in_chunks(case) { fed(case, duplex().bandwidth(3).chunks([1, 2, 3])) }
    buf_read a_duplex_behind_a_buffer(case) { BufReader::new(fed(case, duplex().chunks([2, 5]))) }
    write a_duplex_written_to(case) { drained(case) }
}
