//! What a soak shows while it goes on.
//!
//! It writes to the process's standard error itself, which the harness of tests does not capture as it does what `println`
//! prints: who waits for ten minutes wants to see something.

use std::io::{IsTerminal, Write, stderr};
use std::sync::LazyLock;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use indicatif::{FormattedDuration, MultiProgress, ProgressBar, ProgressStyle};

use crate::failure::SoakStatus;

/// How often there is a line, where nobody looks at a terminal.
const LINE: Duration = Duration::from_secs(10);

/// How often a bar is drawn anew.
const DRAWN: Duration = Duration::from_millis(500);

/// What takes less than this shows no more than its end.
const SHOWN: Duration = Duration::from_secs(2);

/// The bars of all tests that run at once.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// A thread that shows where a soak stands, until this is dropped.
pub(super) struct Progress {
    /// Dropped, it ends the thread.
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Shows what `status` tells of the test `name`, which is soaked for `time`.
    pub(super) fn start(name: String, time: Duration, status: impl Fn() -> SoakStatus + Send + 'static) -> Self {
        if time < SHOWN {
            return Progress { end: None, thread: None };
        }
        let (end, ended) = channel::<()>();
        let mut display = Display::new(name, time);
        let interval = if stderr().is_terminal() { DRAWN } else { LINE };
        let show = move || {
            while ended.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                display.show(&status());
            }
            display.clear();
        };
        let thread = Builder::new().name("testkit progress".to_owned()).spawn(show);
        // Without it, nothing is shown.
        Progress { end: Some(end), thread: thread.ok() }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            // A panic in it has been printed, and is none of the test's.
            _ = thread.join();
        }
    }
}

/// Writes a line about the test `name`, above the bars.
pub(super) fn print(name: &str, text: &dyn std::fmt::Display) {
    // Where standard error is closed, there is nobody to tell.
    BARS.suspend(|| _ = writeln!(stderr(), "{name}: {text}"));
}

/// A bar on a terminal; lines elsewhere.
enum Display {
    Bar(ProgressBar),
    Lines { name: String },
}

impl Display {
    fn new(name: String, time: Duration) -> Self {
        if !stderr().is_terminal() {
            let time = FormattedDuration(time);
            print(&name, &format_args!("is soaked for {time}, as TESTKIT_TIME says; Ctrl-C ends it with a summary"));
            return Display::Lines { name };
        }
        // It is added first: before that, it would draw on its own.
        let bar = BARS.add(ProgressBar::new(time.as_secs()));
        let style = ProgressStyle::with_template("{prefix:.bold}\n  {bar:20.cyan/dim} {wide_msg}");
        bar.set_style(style.expect("the template is a correct one"));
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
