/// A value with cache lines of its own. Writes of one worker thread would otherwise slow down reads of what lies beside.
#[repr(align(128))]
pub(super) struct Padded<T>(pub(super) T);
