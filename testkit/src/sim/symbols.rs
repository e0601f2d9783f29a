//! The names and source lines of code. Looking one up takes far longer than a step of a test, and many reports tell of the
//! same code, so that each is looked up once in a process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::internal::lock;
use backtrace::{Backtrace, Symbol};

/// A frame that has a source line.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) function: Arc<str>,
    pub(crate) file: Arc<str>,
    pub(crate) line: u32,
}

/// By return address; several, where functions are inlined. No hash map: in the middle of a run, to make one would draw from
/// the thread's hash keys, and change those of the test's own.
static KNOWN: Mutex<BTreeMap<usize, Vec<Frame>>> = Mutex::new(BTreeMap::new());

/// The names and source lines of a stack.
pub(super) fn resolved(stack: &Backtrace) -> Vec<Frame> {
    let mut known = lock(&KNOWN);
    let addresses = stack.frames().iter().map(|frame| frame.ip() as usize);
    addresses.flat_map(|address| known.entry(address).or_insert_with(|| looked_up(address)).clone()).collect()
}

fn looked_up(address: usize) -> Vec<Frame> {
    let mut frames = Vec::new();
    backtrace::resolve(address as *mut _, |symbol| frames.extend(frame(symbol)));
    frames
}

fn frame(symbol: &Symbol) -> Option<Frame> {
    Some(Frame {
        function: format!("{:#}", symbol.name()?).into(),
        file: symbol.filename()?.to_str()?.into(),
        line: symbol.lineno()?,
    })
}
