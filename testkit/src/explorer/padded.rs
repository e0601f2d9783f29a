/// A value on separate cache lines. Otherwise, writes of one worker thread would slow down reads of neighbouring
/// values.
#[repr(align(128))]
pub(super) struct Padded<T>(pub(super) T);
