//! A soak: a search for as long as `TESTKIT_TIME` says, which shows how far it is, counts failures, and goes on.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use di_core::__private::lock;

use super::interrupt::{self, is_interrupted};
use super::progress::{self, Progress};
use super::search::Exploration;
use super::standing::{SoakEnd, Standing};

impl Exploration {
    /// For how long it is soaked, if it is; a single schedule is not.
    pub(super) fn soak_time(&self) -> Option<Duration> {
        self.explorer.time.filter(|_| self.explorer.is_soak && !self.is_single())
    }

    /// Whether it goes on behind a failure: a soak of a test does.
    pub(super) fn goes_on(&self) -> bool {
        self.explorer.test_name.is_some() && self.soak_time().is_some()
    }

    /// Runs the jobs, and shows how far they are.
    pub(super) fn soak(self: &Arc<Self>, time: Duration) -> Standing {
        interrupt::watch();
        let name = self.explorer.test_name.map_or_else(|| self.site.to_string(), str::to_owned);
        let (looking, name_of_line) = (self.clone(), name.clone());
        let progress = Progress::start(name_of_line, time, move || looking.standing(time));
        self.run_jobs();
        drop(progress);
        let end = match self.is_given_up.load(Ordering::Relaxed) {
            true => SoakEnd::GivenUp,
            false if is_interrupted() => SoakEnd::Interrupted,
            false => SoakEnd::Done,
        };
        let standing = Standing { end, ..self.standing(time) };
        progress::print(&name, &standing);
        standing
    }

    fn standing(&self, time: Duration) -> Standing {
        Standing::new(self.begun.elapsed(), time, self.coverage(), &lock(&self.found))
    }
}
