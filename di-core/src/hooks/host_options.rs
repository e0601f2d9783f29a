//! Default timeouts of hooks.

use std::time::Duration;

/// Options of a `Host`: the default timeouts of hooks.
///
/// Set them on the builder: `App::builder(..).options(|options| options.stop_timeout(..))`.
#[derive(Clone, Debug)]
#[must_use = "options take effect when they are returned to the builder"]
#[cfg_attr(not(feature = "tokio"), allow(dead_code))]
pub struct HostOptions {
    pub(crate) start_timeout: Duration,
    pub(crate) stop_timeout: Duration,
}

impl Default for HostOptions {
    fn default() -> Self {
        HostOptions { start_timeout: Duration::from_secs(60), stop_timeout: Duration::from_secs(15) }
    }
}

impl HostOptions {
    /// Sets the timeout of `#[start]` hooks without a timeout of their own. The default is 60 s.
    pub fn start_timeout(mut self, timeout: Duration) -> Self {
        self.start_timeout = timeout;
        self
    }

    /// Sets the timeout of `#[stop]` hooks without a timeout of their own. `#[run]` tasks get the same time to end
    /// after shutdown is requested. The default is 15 s.
    pub fn stop_timeout(mut self, timeout: Duration) -> Self {
        self.stop_timeout = timeout;
        self
    }
}
