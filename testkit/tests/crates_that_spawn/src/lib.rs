//! Empty: the tests of this package check crates that spawn tasks with tokio.
