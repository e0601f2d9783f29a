//! What a user sees of a run: failures and their reports, timelines, and remarks on what was not explored.

#[path = "../support/mod.rs"]
mod support;
mod timeline;
mod unexplored;
mod verdicts;
