//! The timeline of a failure: an HTML page for a browser, and the same data as a trace for Perfetto.
//!
//! `model` holds the data of both: the recording of the run, with the names, places and sentences of the report. `page`
//! embeds it in a self-contained HTML file, assembled from the parts in `page/`; `chrome` writes it in Chrome's trace
//! event format. `files` chooses the directory and writes the files.

mod chrome;
mod files;
mod model;
mod page;

use std::fmt;

use crate::failure::Failure;
pub(crate) use files::Folder;
use model::TimelineModel;

/// The failing run of a [`Failure`](crate::Failure), step by step: which task was polled, the result of the poll, where
/// the task waits, what woke it, and where the schedule's choices were made.
///
/// `#[testkit::test]` writes the timeline of a failing test to `target/testkit` and names the file in the report. Set
/// `TESTKIT_TIMELINE` to another directory, or to `off`. An [`Explorer`](crate::Explorer) records a timeline only if
/// [`timeline`](crate::Explorer::timeline) is set.
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
/// let failure = outcome.failure().expect("no task sends");
/// let timeline = failure.timeline().expect("it is recorded");
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
    /// Returns the timeline of the last run of the failing schedule. `None` if that run was not recorded; see
    /// [`Explorer::timeline`](crate::Explorer::timeline).
    pub fn timeline(&self) -> Option<Timeline<'_>> {
        TimelineModel::new(self).map(|model| Timeline { failure: self, model })
    }
}

impl Timeline<'_> {
    /// Returns a self-contained HTML page, which needs neither a server nor the network. It has a lane for each task,
    /// which shows its polls, where it waits in between, and wakes as arrows. The axis shows steps or virtual time.
    pub fn to_html(&self) -> String {
        page::page(&self.model, &self.failure.to_string())
    }

    /// Returns JSON in Chrome's trace event format, for `ui.perfetto.dev` and `chrome://tracing`. It has a thread for
    /// each task, a slice for each poll and each wait, and a flow for each wake.
    ///
    /// Time is virtual. A poll takes no virtual time, but is drawn as one nanosecond; polls at the same instant are
    /// drawn one after the other.
    pub fn to_chrome_trace(&self) -> String {
        chrome::trace(&self.model)
    }
}

impl fmt::Debug for Timeline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeline").finish_non_exhaustive()
    }
}
