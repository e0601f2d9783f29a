//! Timelines of failures: contents, files, and the page in a browser.

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
