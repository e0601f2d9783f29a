//! Record of the most recent bytes sent through a connection, for failure reports.

use std::collections::VecDeque;
use std::fmt;
use std::panic::Location;
use std::time::Duration;

use crate::executor::World;
use crate::internal::{duration_text, short_place};

/// Maximum number of bytes kept, over both directions.
const MAX_BYTES: usize = 4096;

/// Maximum number of events kept.
const MAX_EVENTS: usize = 64;

/// Number of bytes per output line.
const BYTES_PER_LINE: usize = 16;

/// The most recent bytes sent through a connection, in both directions, with their times. `Display` shows them in hex
/// and as text.
///
/// ```
/// use testkit::io::duplex;
/// use tokio::io::AsyncWriteExt;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (mut client, server) = duplex().build();
/// client.write_all(b"GET /\r\n").await.unwrap();
/// let text = server.transcript().to_string();
/// assert!(text.contains("47 45 54 20 2f 0d 0a"));
/// assert!(text.contains("GET /.."));
/// # });
/// ```
#[derive(Clone)]
pub struct Transcript {
    place: &'static Location<'static>,
    events: VecDeque<Event>,
    bytes: VecDeque<u8>,
    /// Number of earlier bytes that are no longer kept.
    dropped: u64,
}

#[derive(Clone, Copy, Debug)]
struct Event {
    /// The end that wrote or reset.
    side: usize,
    /// Number of bytes written, or `None` for a reset.
    count: Option<usize>,
    /// Virtual time; `None` outside a simulation.
    time: Option<Duration>,
}

impl Transcript {
    pub(super) fn new(place: &'static Location<'static>) -> Self {
        Transcript { place, events: VecDeque::new(), bytes: VecDeque::new(), dropped: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    pub(super) fn record_write(&mut self, side: usize, bytes: &[u8]) {
        self.push(side, Some(bytes.len()));
        let kept = &bytes[bytes.len().saturating_sub(MAX_BYTES)..];
        let skipped = bytes.len() - kept.len();
        let excess = (self.bytes.len() + kept.len()).saturating_sub(MAX_BYTES);
        self.bytes.drain(..excess);
        self.bytes.extend(kept);
        self.forget(excess + skipped);
    }

    pub(super) fn record_reset(&mut self, side: usize) {
        self.push(side, None);
    }

    fn push(&mut self, side: usize, count: Option<usize>) {
        let time = World::current().map(|world| world.elapsed());
        // Merge successive writes of one end at the same time.
        if let (Some(last), Some(count)) = (self.events.back_mut(), count)
            && (last.side, last.time) == (side, time)
            && let Some(before) = &mut last.count
        {
            *before += count;
            return;
        }
        self.events.push_back(Event { side, count, time });
        if self.events.len() > MAX_EVENTS {
            let count = self.events.pop_front().and_then(|event| event.count).unwrap_or(0);
            self.bytes.drain(..count);
            self.dropped += count as u64;
        }
    }

    /// Drops the oldest `count` bytes from the events and counts them as dropped.
    fn forget(&mut self, mut count: usize) {
        self.dropped += count as u64;
        while let Some(first) = self.events.front_mut().filter(|_| count > 0) {
            let of_first = first.count.unwrap_or(0).min(count);
            count -= of_first;
            match &mut first.count {
                Some(left) if *left > of_first => *left -= of_first,
                _ => _ = self.events.pop_front(),
            }
        }
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "connection created at {}", short_place(self.place.file(), self.place.line()))?;
        if self.dropped > 0 {
            writeln!(f, "  the first {} bytes are omitted", self.dropped)?;
        }
        let mut bytes = self.bytes.iter().copied();
        for event in &self.events {
            let arrow = if event.side == 0 { "->" } else { "<-" };
            let time = event.time.map(|time| format!("{:>8}  ", duration_text(time))).unwrap_or_default();
            let Some(count) = event.count else {
                writeln!(f, "  {time}{arrow}  reset")?;
                continue;
            };
            let bytes: Vec<u8> = bytes.by_ref().take(count).collect();
            for (at, line) in bytes.chunks(BYTES_PER_LINE).enumerate() {
                let hex: Vec<_> = line.iter().map(|byte| format!("{byte:02x}")).collect();
                let text: String = line.iter().map(|&byte| printable(byte)).collect();
                let head = if at == 0 { format!("{time}{arrow}") } else { " ".repeat(time.len() + arrow.len()) };
                writeln!(f, "  {head}  {:width$}  {text}", hex.join(" "), width = 3 * BYTES_PER_LINE - 1)?;
            }
        }
        Ok(())
    }
}

fn printable(byte: u8) -> char {
    if byte == b' ' || byte.is_ascii_graphic() { char::from(byte) } else { '.' }
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
