//! Timelines of failures: what they hold, where they are written, and how their page behaves in a browser.

mod files;
mod samples;
#[path = "../support/mod.rs"]
mod support;
