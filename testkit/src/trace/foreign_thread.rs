//! Threads that do not belong to a simulation.

/// A thread that is alive outside of the simulation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ForeignThread {
    /// Number that the system gave to the thread.
    pub(crate) number: u32,
    pub(crate) name: Option<String>,
}
