//! Empty: the tests of this package check crates that talk over sockets of tokio.
