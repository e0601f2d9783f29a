//! The search over schedules: settings, replays, generated inputs, kept failures and soaks.

mod coverage;
mod environment;
mod exhaustive;
mod inputs;
mod regressions;
mod search;
mod soak;
#[path = "../support/mod.rs"]
mod support;
mod test_attribute;
