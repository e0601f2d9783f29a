//! One direction of an in-memory connection.

use std::collections::VecDeque;
use std::io;
use std::task::Waker;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::ReadBuf;
use tokio::time::Instant;

/// Number of bytes that arrive together if bandwidth is limited: the usual payload of a TCP segment.
const SEGMENT_SIZE: usize = 1460;

/// Limits on the traffic in one direction.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    pub(super) capacity: usize,
    pub(super) latency: Duration,
    /// Maximum rate, in bytes per second.
    pub(super) bandwidth: Option<u64>,
    /// Maximum sizes of successive reads. The last one applies to all further reads.
    pub(super) chunks: VecDeque<usize>,
}

impl Limits {
    /// Returns whether bytes take time to arrive.
    fn is_slow(&self) -> bool {
        self.bandwidth.is_some() || !self.latency.is_zero()
    }
}

/// One direction of a connection, with the bytes in flight.
#[derive(Debug)]
pub(super) struct Pipe {
    limits: Limits,
    buffer: BytesMut,
    /// Arrival times of the bytes in `buffer`. Empty unless bytes take time to arrive.
    arrivals: VecDeque<Arrival>,
    /// Time at which all bytes written so far have been sent, if bandwidth is limited.
    busy_until: Option<Instant>,
    is_shut_down: bool,
    /// Arrival time of EOF, if bytes take time to arrive.
    end_at: Option<Instant>,
    /// Whether the reading end was dropped.
    pub(super) is_reader_dropped: bool,
    pub(super) reader: Option<Waker>,
    pub(super) writer: Option<Waker>,
}

#[derive(Debug)]
struct Arrival {
    count: usize,
    at: Instant,
}

/// Outcome of a read.
pub(super) enum ReadOutcome {
    /// Bytes were read, or EOF was reached.
    Done,
    /// No bytes have arrived yet. Holds the next arrival time, if it is known.
    Pending(Option<Instant>),
}

impl Pipe {
    pub(super) fn new(limits: Limits) -> Self {
        Pipe {
            limits,
            buffer: BytesMut::new(),
            arrivals: VecDeque::new(),
            busy_until: None,
            is_shut_down: false,
            end_at: None,
            is_reader_dropped: false,
            reader: None,
            writer: None,
        }
    }

    /// Accepts as many bytes as there is room for. Returns `None` if the buffer is full.
    ///
    /// # Errors
    /// Returns `BrokenPipe` if the reading end was dropped or this direction was shut down.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<Option<usize>> {
        if self.is_shut_down || self.is_reader_dropped {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let count = bytes.len().min(self.limits.capacity - self.buffer.len());
        if count == 0 && !bytes.is_empty() {
            return Ok(None);
        }
        self.buffer.extend_from_slice(&bytes[..count]);
        if self.limits.is_slow() {
            self.send(count);
        }
        Ok(Some(count))
    }

    fn send(&mut self, mut count: usize) {
        let now = Instant::now();
        while count > 0 {
            let mut at = now;
            let segment = match self.limits.bandwidth {
                Some(bandwidth) => {
                    let segment = count.min(SEGMENT_SIZE);
                    let time = Duration::from_nanos(segment as u64 * 1_000_000_000 / bandwidth);
                    at = self.busy_until.map_or(now, |until| until.max(now)) + time;
                    self.busy_until = Some(at);
                    segment
                }
                None => count,
            };
            self.arrivals.push_back(Arrival { count: segment, at: at + self.limits.latency });
            count -= segment;
        }
    }

    /// Ends the stream in this direction.
    pub(super) fn shut_down(&mut self) {
        if !self.is_shut_down {
            self.is_shut_down = true;
            if self.limits.is_slow() {
                let now = Instant::now();
                self.end_at = Some(self.busy_until.map_or(now, |until| until.max(now)) + self.limits.latency);
            }
        }
    }

    /// Drops the bytes in flight.
    pub(super) fn clear(&mut self) {
        self.buffer.clear();
        self.arrivals.clear();
    }

    /// Reads bytes that have arrived.
    pub(super) fn read(&mut self, buf: &mut ReadBuf<'_>) -> ReadOutcome {
        if buf.remaining() == 0 {
            return ReadOutcome::Done;
        }
        let mut available = self.buffer.len();
        if self.limits.is_slow() {
            let now = Instant::now();
            available = self.arrivals.iter().take_while(|arrival| arrival.at <= now).map(|arrival| arrival.count).sum();
            if available == 0 {
                let next = self.arrivals.front().map(|arrival| arrival.at).or(self.end_at);
                if next.is_none_or(|next| next > now) {
                    return ReadOutcome::Pending(next);
                }
                return ReadOutcome::Done;
            }
        } else if available == 0 {
            return if self.is_shut_down { ReadOutcome::Done } else { ReadOutcome::Pending(None) };
        }
        let mut count = available.min(buf.remaining());
        if let Some(&chunk) = self.limits.chunks.front() {
            count = count.min(chunk);
            if self.limits.chunks.len() > 1 {
                self.limits.chunks.pop_front();
            }
        }
        buf.put_slice(&self.buffer[..count]);
        self.buffer.advance(count);
        self.consume_arrivals(count);
        ReadOutcome::Done
    }

    fn consume_arrivals(&mut self, mut count: usize) {
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
