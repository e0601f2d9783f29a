//! A soak: a search for as long as `TESTKIT_TIME` says, which shows how far it is, counts failures, and goes on.

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::internal::lock;

use super::interrupt::{self, is_interrupted};
use super::progress::{self, Progress};
use super::search::Exploration;
use super::settings::Explorer;
use super::standing::{SoakEnd, Standing};

impl Explorer {
    /// For how long it is to soak, if it is.
    pub(super) fn soak_time(&self) -> Option<Duration> {
        self.time.filter(|_| self.is_soak)
    }

    /// Whether it goes on behind a failure: a soak of a test does.
    pub(super) fn goes_on(&self) -> bool {
        self.test_name.is_some() && self.soak_time().is_some()
    }
}

impl Exploration {
    /// For how long it is soaked, if it is; a single schedule is not.
    pub(super) fn soak_time(&self) -> Option<Duration> {
        self.explorer.soak_time().filter(|_| !self.is_single())
    }

    /// Whether it goes on behind a failure.
    pub(super) fn goes_on(&self) -> bool {
        self.explorer.goes_on() && !self.is_single()
    }

    /// Runs the jobs, and shows how far they are.
    pub(super) fn soak(self: &Arc<Self>, time: Duration) -> Standing {
        let looking = self.clone();
        soak(&self.explorer, self.site, time, move || looking.standing(time), || self.run_jobs())
    }

    fn standing(&self, time: Duration) -> Standing {
        let is_given_up = self.is_given_up.load(Ordering::Relaxed);
        Standing::new(self.begun.elapsed(), time, self.coverage(), &lock(&self.found), is_given_up)
    }
}

/// Has something run for so long, shows meanwhile where it stands, and tells where it has ended.
pub(super) fn soak(
    explorer: &Explorer,
    site: &'static Location<'static>,
    time: Duration,
    standing: impl Fn() -> Standing + Send + Sync + 'static,
    run: impl FnOnce(),
) -> Standing {
    interrupt::watch();
    let name = explorer.test_name.map_or_else(|| site.to_string(), str::to_owned);
    let standing = Arc::new(standing);
    let looking = standing.clone();
    let progress = Progress::start(name.clone(), time, move || looking());
    run();
    drop(progress);
    let mut last = standing();
    last.end = match last.end {
        SoakEnd::NotYet if is_interrupted() => SoakEnd::Interrupted,
        SoakEnd::NotYet => SoakEnd::Done,
        end => end,
    };
    progress::print(&name, &last);
    last
}
