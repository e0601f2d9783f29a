//! Reports: the kinds of failure, timelines, and notes on schedules that were not explored.

#[path = "../support/mod.rs"]
mod support;
mod timeline;
mod unexplored;
mod verdicts;
