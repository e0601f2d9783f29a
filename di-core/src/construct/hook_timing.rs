//! Time span of a `#[start]` hook, for the report of a start.

use std::fmt;
use std::time::Duration;

use crate::graph::Node;

/// Time span of a `#[start]` hook.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct HookTiming {
    /// Name of the container. For a component of a module, this is the module.
    pub container: &'static str,
    /// The component.
    pub node: &'static Node,
    /// Time from the start of the build to the call of the hook.
    pub start: Duration,
    /// Duration of the hook.
    pub duration: Duration,
    /// Index of the hook that this one waited for last.
    pub(crate) after: Option<usize>,
}

impl HookTiming {
    /// Returns the time from the start of the build until the hook finished.
    pub fn end(&self) -> Duration {
        self.start + self.duration
    }
}

/// Shows the field and the hook, such as `store #[start]`.
impl fmt::Display for HookTiming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} #[start]", self.node.id())
    }
}
