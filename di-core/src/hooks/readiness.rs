//! Whether a host accepts work.

/// Whether a host accepts work: the answer to a readiness probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Readiness {
    /// Components are still starting.
    Starting,
    /// All components have started, and no stop was requested.
    Ready,
    /// The host is about to stop its components, or is stopping them.
    Stopping,
}
