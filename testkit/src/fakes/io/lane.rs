//! One direction of a connection.

use std::collections::VecDeque;
use std::io;
use std::task::Waker;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::ReadBuf;
use tokio::time::Instant;

/// Most bytes that go as one, where a line takes time for each: the usual payload of a TCP segment.
const SEGMENT: usize = 1460;

/// How a line shapes what goes through it.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) capacity: usize,
    pub(super) latency: Duration,
    /// Bytes a second.
    pub(super) bandwidth: Option<u64>,
    /// Most bytes of each read, in turn; the last is for all that follow.
    pub(super) chunks: VecDeque<usize>,
}

impl Shape {
    /// Whether bytes take time.
    fn is_slow(&self) -> bool {
        self.bandwidth.is_some() || !self.latency.is_zero()
    }
}

/// Bytes under way from one end to the other.
#[derive(Debug)]
pub(super) struct Lane {
    shape: Shape,
    buffer: BytesMut,
    /// When the bytes of the buffer arrive, where that takes time.
    arrivals: VecDeque<Arrival>,
    /// Until when the line is busy with the bytes before.
    busy_until: Option<Instant>,
    is_shut_down: bool,
    /// When the end arrives, where that takes time.
    end_at: Option<Instant>,
    /// Whether nobody reads any more.
    pub(super) is_abandoned: bool,
    pub(super) reader: Option<Waker>,
    pub(super) writer: Option<Waker>,
}

#[derive(Debug)]
struct Arrival {
    count: usize,
    at: Instant,
}

/// What a read finds.
pub(super) enum Found {
    /// It has read something, or the end.
    Read,
    /// Nothing yet; what comes next arrives then, if that is known.
    Nothing(Option<Instant>),
}

impl Lane {
    pub(super) fn new(shape: Shape) -> Self {
        Lane {
            shape,
            buffer: BytesMut::new(),
            arrivals: VecDeque::new(),
            busy_until: None,
            is_shut_down: false,
            end_at: None,
            is_abandoned: false,
            reader: None,
            writer: None,
        }
    }

    /// Takes what there is room for; none, if there is none.
    ///
    /// # Errors
    /// If nobody reads, or it was shut down.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<Option<usize>> {
        if self.is_shut_down || self.is_abandoned {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let count = bytes.len().min(self.shape.capacity - self.buffer.len());
        if count == 0 && !bytes.is_empty() {
            return Ok(None);
        }
        self.buffer.extend_from_slice(&bytes[..count]);
        if self.shape.is_slow() {
            self.send(count);
        }
        Ok(Some(count))
    }

    fn send(&mut self, mut count: usize) {
        let now = Instant::now();
        while count > 0 {
            let mut at = now;
            let segment = match self.shape.bandwidth {
                Some(bandwidth) => {
                    let segment = count.min(SEGMENT);
                    let time = Duration::from_nanos(segment as u64 * 1_000_000_000 / bandwidth);
                    at = self.busy_until.map_or(now, |until| until.max(now)) + time;
                    self.busy_until = Some(at);
                    segment
                }
                None => count,
            };
            self.arrivals.push_back(Arrival { count: segment, at: at + self.shape.latency });
            count -= segment;
        }
    }

    /// No more is written.
    pub(super) fn shut_down(&mut self) {
        if !self.is_shut_down {
            self.is_shut_down = true;
            if self.shape.is_slow() {
                let now = Instant::now();
                self.end_at = Some(self.busy_until.map_or(now, |until| until.max(now)) + self.shape.latency);
            }
        }
    }

    /// Drops what is under way.
    pub(super) fn clear(&mut self) {
        self.buffer.clear();
        self.arrivals.clear();
    }

    /// Reads what has arrived.
    pub(super) fn read(&mut self, buf: &mut ReadBuf<'_>) -> Found {
        if buf.remaining() == 0 {
            return Found::Read;
        }
        let mut there = self.buffer.len();
        if self.shape.is_slow() {
            let now = Instant::now();
            there = self.arrivals.iter().take_while(|arrival| arrival.at <= now).map(|arrival| arrival.count).sum();
            if there == 0 {
                let next = self.arrivals.front().map(|arrival| arrival.at).or(self.end_at);
                if next.is_none_or(|next| next > now) {
                    return Found::Nothing(next);
                }
                return Found::Read;
            }
        } else if there == 0 {
            return if self.is_shut_down { Found::Read } else { Found::Nothing(None) };
        }
        let mut count = there.min(buf.remaining());
        if let Some(&chunk) = self.shape.chunks.front() {
            count = count.min(chunk);
            if self.shape.chunks.len() > 1 {
                self.shape.chunks.pop_front();
            }
        }
        buf.put_slice(&self.buffer[..count]);
        self.buffer.advance(count);
        self.has_read(count);
        Found::Read
    }

    fn has_read(&mut self, mut count: usize) {
        while let Some(first) = self.arrivals.front_mut().filter(|_| count > 0) {
            let of_first = first.count.min(count);
            first.count -= of_first;
            count -= of_first;
            if first.count == 0 {
                self.arrivals.pop_front();
            }
        }
    }
}
