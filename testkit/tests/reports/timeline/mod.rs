//! Timelines of failures: their contents, their files, and their page in a browser.

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
