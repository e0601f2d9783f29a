//! Timelines of failures: what they hold, where they are written, and how their page behaves in a browser.

mod browser;
#[path = "../../support/chromium.rs"]
mod chromium;
mod contents;
mod files;
mod page;
mod samples;
mod trace;
#[path = "../../support/window.rs"]
mod window;
