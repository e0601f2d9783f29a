//! The timeline of a failure: one page to look at in a browser, and the same as a trace for Perfetto.
//!
//! `story` is what both tell, as plain data: the recording of the run, with the names, places and sentences that the text
//! of the report has. `page` puts it into an HTML file that needs nothing else, from the parts in `page/`; `chrome` writes it
//! in Chrome's trace event format. `files` decides where they are written.

mod chrome;
mod files;
mod model;
mod page;

use std::fmt;

use crate::failure::Failure;
pub(crate) use files::Folder;
use model::TimelineModel;

/// What happened in the run that a [`Failure`](crate::Failure) is told by, step by step: which task was polled and what came
/// of it, where it waits, who woke it, and where the schedule's choices took place.
///
/// `#[testkit::test]` writes it to `target/testkit` when a test fails, and names the file in the report. `TESTKIT_TIMELINE`
/// names another folder, or is `off`. Of an [`Explorer`](crate::Explorer) it is there where
/// [`timeline`](crate::Explorer::timeline) asks for it.
///
/// ```
/// use testkit::Explorer;
///
/// let outcome = Explorer::new().timeline(true).run(|sim| async move {
///     let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
///     let waiting = sim.spawn("waiting", receiver);
///     std::mem::forget(sender);
///     waiting.await.unwrap().unwrap();
/// });
/// let failure = outcome.failure().expect("nobody sends");
/// let timeline = failure.timeline().expect("it was asked for");
/// assert!(timeline.to_html().contains("waiting"));
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// std::fs::write(folder.join("waiting.html"), timeline.to_html())?;
/// std::fs::write(folder.join("waiting.trace.json"), timeline.to_chrome_trace())?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Timeline<'a> {
    failure: &'a Failure,
    model: TimelineModel,
}

impl Failure {
    /// Returns the timeline of the last run of the failing schedule. `None` if that run was not recorded: see
    /// [`Explorer::timeline`](crate::Explorer::timeline).
    pub fn timeline(&self) -> Option<Timeline<'_>> {
        TimelineModel::new(self).map(|model| Timeline { failure: self, model })
    }
}

impl Timeline<'_> {
    /// One HTML page that needs nothing else, neither a server nor the network: a lane for each task, with its polls, where it
    /// waits in between, and the wakes as arrows, by steps or by virtual time.
    pub fn to_html(&self) -> String {
        page::page(&self.model, &self.failure.to_string())
    }

    /// JSON in Chrome's trace event format, which `ui.perfetto.dev` and `chrome://tracing` open: a thread for each task, a
    /// slice for each poll and each wait, a flow for each wake. Time is virtual; a poll, which takes none, is drawn as one
    /// nanosecond, and polls of the same instant one after the other.
    pub fn to_chrome_trace(&self) -> String {
        chrome::trace(&self.model)
    }
}

impl fmt::Debug for Timeline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeline").finish_non_exhaustive()
    }
}
