//! Peers that feed or drain the checked reader or writer.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use testkit::laws::Case;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

/// Capacity of a connection, in bytes.
const CAPACITY: usize = 40;

/// Creates a connection that receives the chunks one by one and then ends.
pub(super) fn fed(case: &mut Case, chunks: impl IntoIterator<Item = &'static [u8]>) -> DuplexStream {
    let (near, far) = tokio::io::duplex(CAPACITY);
    let far = Arc::new(Mutex::new(Some(far)));
    for chunk in chunks {
        let far = far.clone();
        case.then(move || {
            let mut far = far.lock().unwrap();
            let far = far.as_mut().expect("it is open until its end");
            // Fails if the other end was dropped.
            _ = far.write_all(chunk).now_or_never().expect("there is room");
        });
    }
    case.then(move || drop(far.lock().unwrap().take()));
    near
}

/// Creates a connection with little capacity. Its peer reads from time to time.
pub(super) fn drained(case: &mut Case) -> DuplexStream {
    drained_as(case, |bytes| bytes)
}

/// Like [`drained`], with a function that converts the received bytes to items.
pub(super) fn drained_as<T: Debug + 'static>(case: &mut Case, received: fn(Vec<u8>) -> Vec<T>) -> DuplexStream {
    let (near, far) = tokio::io::duplex(CAPACITY);
    let far = Arc::new(Mutex::new((far, Vec::new())));
    for _ in 0..20 {
        let far = far.clone();
        case.then(move || _ = drain(&far));
    }
    case.received(move || received(drain(&far)));
    near
}

/// Reads the available bytes. Returns all bytes read so far.
fn drain(far: &Mutex<(DuplexStream, Vec<u8>)>) -> Vec<u8> {
    let (far, bytes) = &mut *far.lock().unwrap();
    while let Some(Ok(1..)) = far.read_buf(bytes).now_or_never() {}
    bytes.clone()
}
