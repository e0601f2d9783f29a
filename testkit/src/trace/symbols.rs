//! Resolves function names and source lines. A lookup takes far longer than a step of a test, and reports often contain
//! the same code, so each address is looked up once per process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::internal::lock;
use backtrace::{Backtrace, Symbol};

/// A stack frame with a source line.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) function: Arc<str>,
    pub(crate) file: Arc<str>,
    pub(crate) line: u32,
}

/// Frames by return address; several if functions are inlined. Not a hash map: creating one during a run would advance
/// the hash keys of the thread, and so change the keys of the test's own maps.
static CACHE: Mutex<BTreeMap<usize, Vec<Frame>>> = Mutex::new(BTreeMap::new());

/// Resolves the names and source lines of a stack.
pub(super) fn resolved(stack: &Backtrace) -> Vec<Frame> {
    resolved_addresses(stack.frames().iter().map(|frame| frame.ip() as usize))
}

/// Resolves the names and source lines of return addresses.
pub(super) fn resolved_addresses(addresses: impl Iterator<Item = usize>) -> Vec<Frame> {
    let mut known = lock(&CACHE);
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
