//! Fault injection for any trait with [`#[di_core::intercept]`](macro@di_core::intercept): calls fail or are delayed,
//! and every call is recorded.
//!
//! The wrapped component may be a real one, a fake or a mock. The wrapper has the same type, so it can be used in the
//! same places.
//!
//! ```test_harness
//! use std::sync::Arc;
//! use std::time::Duration;
//! use async_trait::async_trait;
//! use testkit::{Sim, fault};
//!
//! #[derive(Debug, thiserror::Error)]
//! #[error("gone")]
//! struct Gone;
//!
//! #[di_core::intercept]
//! #[async_trait]
//! trait Store: Send + Sync {
//!     async fn get(&self, key: &str) -> Result<String, Gone>;
//! }
//!
//! struct Memory;
//!
//! #[async_trait]
//! impl Store for Memory {
//!     async fn get(&self, key: &str) -> Result<String, Gone> {
//!         Ok(key.to_uppercase())
//!     }
//! }
//!
//! #[testkit::test]
//! async fn a_failed_get_is_retried(_: Sim) {
//!     let memory: Arc<dyn Store> = Arc::new(Memory);
//!     let (store, calls) = fault::on(memory)
//!         .fail("get", 1, || Gone)                    // only the first call of `get`
//!         .delay("get", Duration::from_secs(5))       // every call of `get`
//!         .maybe_delay("get", Duration::from_secs(1)) // the schedule decides, call by call
//!         .build();
//!
//!     while store.get("a").await.is_err() {}
//!
//!     assert_eq!(calls.of("get").count(), 2);
//!     assert_eq!(calls.list()[0].arguments, r#"key: "a""#);
//! }
//! ```
//!
//! Optional faults are choices of the schedule, like any others. None happens in the first schedule, and a failing
//! schedule is shrunk to the faults that it needs.
//!
//! ```text
//!   schedule 4 of 200; 7 choices shrunk to 1:
//!     step 3  the 2nd call of `Store::get` failed: gone
//! ```

mod calls;
mod faults;
mod injector;
mod rule;

pub use calls::{CallEnding, Calls, RecordedCall};
pub use faults::{Faults, on};
