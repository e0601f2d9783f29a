//! Runs `cargo testkit` as a user does, in workspaces of its own.

mod builds;
mod refusals;
mod workspace;
