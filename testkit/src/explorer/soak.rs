//! Shows the progress of a soak while it runs.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::interrupt::{self, is_interrupted};
use super::progress::{self, Progress};
use super::settings::Explorer;
use crate::failure::{SoakEnd, SoakStatus};

/// Calls `run`, which takes about `time`. Shows the status meanwhile, and returns the final one.
pub(crate) fn soak(
    explorer: &Explorer,
    site: &'static Location<'static>,
    time: Duration,
    status: impl Fn() -> SoakStatus + Send + Sync + 'static,
    run: impl FnOnce(),
) -> SoakStatus {
    interrupt::watch();
    let name = explorer.test_name.map_or_else(|| site.to_string(), str::to_owned);
    let status = Arc::new(status);
    let shown = status.clone();
    let progress = Progress::start(name.clone(), time, move || shown());
    run();
    drop(progress);
    let mut last = status();
    last.end = match last.end {
        SoakEnd::Running if is_interrupted() => SoakEnd::Interrupted,
        SoakEnd::Running => SoakEnd::Done,
        end => end,
    };
    progress::print(&name, &last);
    last
}
