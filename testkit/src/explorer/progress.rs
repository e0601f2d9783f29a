//! Progress of a soak.
//!
//! Writes to the standard error of the process directly. The test harness does not capture that, unlike the output of
//! `println`, so the progress of a long soak stays visible.

use std::io::{IsTerminal, Write, stderr};
use std::sync::LazyLock;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use indicatif::{FormattedDuration, MultiProgress, ProgressBar, ProgressStyle};

use crate::failure::SoakStatus;

/// Time between two lines, if standard error is not a terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

/// Time between two updates of a bar.
const BAR_INTERVAL: Duration = Duration::from_millis(500);

/// A soak shorter than this only shows its final status.
const MIN_SHOWN_TIME: Duration = Duration::from_secs(2);

/// The bars of all tests that are running.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// A thread that shows the status of a soak until this is dropped.
pub(super) struct Progress {
    /// Ends the thread when it is dropped.
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Shows the result of `status` for the test `name`, which is soaked for `time`.
    pub(super) fn start(name: String, time: Duration, status: impl Fn() -> SoakStatus + Send + 'static) -> Self {
        if time < MIN_SHOWN_TIME {
            return Progress { end: None, thread: None };
        }
        let (end, ended) = channel::<()>();
        let mut display = Display::new(name, time);
        let interval = if stderr().is_terminal() { BAR_INTERVAL } else { LINE_INTERVAL };
        let show = move || {
            while ended.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                display.show(&status());
            }
            display.clear();
        };
        let thread = Builder::new().name("testkit progress".to_owned()).spawn(show);
        // Without the thread, no progress is shown.
        Progress { end: Some(end), thread: thread.ok() }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            // A panic of this thread is already printed, and must not fail the test.
            _ = thread.join();
        }
    }
}

/// Writes a line about the test `name`, above the bars.
pub(super) fn print(name: &str, text: &dyn std::fmt::Display) {
    // The line is lost if standard error is closed.
    BARS.suspend(|| _ = writeln!(stderr(), "{name}: {text}"));
}

/// Shows a bar on a terminal, and lines elsewhere.
enum Display {
    Bar(ProgressBar),
    Lines { name: String },
}

impl Display {
    fn new(name: String, time: Duration) -> Self {
        if !stderr().is_terminal() {
            let time = FormattedDuration(time);
            print(&name, &format_args!("soaking for {time} (TESTKIT_TIME); Ctrl-C ends the soak with a summary"));
            return Display::Lines { name };
        }
        // The bar is added first, because it would otherwise draw itself.
        let bar = BARS.add(ProgressBar::new(time.as_secs()));
        let style = ProgressStyle::with_template("{prefix:.bold}\n  {bar:20.cyan/dim} {wide_msg}");
        bar.set_style(style.expect("the template is valid"));
        bar.set_prefix(name);
        Display::Bar(bar)
    }

    fn show(&mut self, status: &SoakStatus) {
        match self {
            Display::Bar(bar) => {
                bar.set_position(status.elapsed.as_secs());
                bar.set_message(status.to_string());
            }
            Display::Lines { name } => print(name, status),
        }
    }

    fn clear(self) {
        if let Display::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
