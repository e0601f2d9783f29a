//! Values that share no cache line with others.

/// A value on separate cache lines. Otherwise, writes of one worker thread would slow down reads of adjacent values.
#[repr(align(128))]
pub(super) struct Padded<T>(pub(super) T);
