//! The guide: from a first test that finds a bug to a simulated network.
//!
//! All code on these pages is compiled and run, and the reports are real.
//!
//! | page | content |
//! |---|---|
//! | [`first_test`] | from an empty directory to a found bug, in ten minutes |
//! | [`reading_a_report`] | the lines of a report, and the kinds of failures |
//! | [`time`] | virtual time, and a clock that the test advances by hand |
//! | [`unmodified`] | services that spawn tasks with `tokio::spawn`, tested with `cargo testkit` |
//! | [`schedules`] | how schedules are chosen, and how many are run; inputs |
//! | [`replay_and_ci`] | replays, regressions, soaks, sharding, and all environment variables |
//! | [`fakes`] | streams, sinks, connections, networks, disks and faults |
//! | [`network`] | sockets of any crate, machines that crash and restart, partitions |
//! | [`mocks`] | mockall, and a table for users of Mockito |
//! | [`cancellation`] | the state that a dropped future leaves |
//! | [`linearizability`] | components that several clients use at once |
//! | [`from_tokio_test`] | migrating from `#[tokio::test]` |
//! | [`compared`] | shuttle, loom, madsim, turmoil and tools in other languages |
//! | [`performance`] | costs of a schedule, and time to find a bug |
//! | [`limits`] | what a simulation cannot show |
//!
//! The guide of `di-core`, [`di_core::guide`], explains containers.

/// [`fakes`]: crate::guide::fakes
/// [`reading_a_report`]: crate::guide::reading_a_report
/// [`time`]: crate::guide::time
/// [`unmodified`]: crate::guide::unmodified
#[doc = include_str!("first_test.md")]
pub mod first_test {}

/// [`replay_and_ci`]: crate::guide::replay_and_ci
#[doc = include_str!("reading_a_report.md")]
pub mod reading_a_report {}

#[doc = include_str!("time.md")]
pub mod time {}

/// [`first_test`]: crate::guide::first_test
/// [`limits`]: crate::guide::limits
/// [`performance`]: crate::guide::performance
/// [`replay_and_ci`]: crate::guide::replay_and_ci
#[doc = include_str!("unmodified.md")]
pub mod unmodified {}

/// [`replay_and_ci`]: crate::guide::replay_and_ci
/// [`unmodified`]: crate::guide::unmodified
#[doc = include_str!("schedules.md")]
pub mod schedules {}

/// [`unmodified`]: crate::guide::unmodified
#[doc = include_str!("replay_and_ci.md")]
pub mod replay_and_ci {}

/// [`mocks`]: crate::guide::mocks
/// [`network`]: crate::guide::network
#[doc = include_str!("fakes.md")]
pub mod fakes {}

/// [`fakes`]: crate::guide::fakes
/// [`unmodified`]: crate::guide::unmodified
#[doc = include_str!("network.md")]
pub mod network {}

#[doc = include_str!("mocks.md")]
pub mod mocks {}

#[doc = include_str!("cancellation.md")]
pub mod cancellation {}

#[doc = include_str!("linearizability.md")]
pub mod linearizability {}

/// [`unmodified`]: crate::guide::unmodified
#[doc = include_str!("from_tokio_test.md")]
pub mod from_tokio_test {}

/// [`performance`]: crate::guide::performance
/// [`unmodified`]: crate::guide::unmodified
#[doc = include_str!("compared.md")]
pub mod compared {}

/// [`schedules`]: crate::guide::schedules
/// [`unmodified`]: crate::guide::unmodified
#[doc = include_str!("performance.md")]
pub mod performance {}

/// [`network`]: crate::guide::network
/// [`schedules`]: crate::guide::schedules
/// [`unmodified`]: crate::guide::unmodified
#[doc = include_str!("limits.md")]
pub mod limits {}
