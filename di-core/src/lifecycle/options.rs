use std::time::Duration;

/// What a builder is told that is no field: `App::builder(..).options(|options| options.stop_timeout(..))`.
#[derive(Clone, Debug)]
#[must_use = "options take effect when they are returned to the builder"]
#[cfg_attr(not(feature = "tokio"), allow(dead_code))]
pub struct Options {
    pub(crate) start_timeout: Duration,
    pub(crate) stop_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options { start_timeout: Duration::from_secs(60), stop_timeout: Duration::from_secs(15) }
    }
}

impl Options {
    /// How long a `#[start]` hook may take that does not say so itself. By default 60 s.
    pub fn start_timeout(mut self, timeout: Duration) -> Self {
        self.start_timeout = timeout;
        self
    }

    /// How long a `#[stop]` hook may take that does not say so itself, and a `#[run]` task to end once it is told to. By
    /// default 15 s.
    pub fn stop_timeout(mut self, timeout: Duration) -> Self {
        self.stop_timeout = timeout;
        self
    }
}
