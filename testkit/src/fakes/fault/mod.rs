//! Faults of a component, for any trait with [`#[di_core::intercept]`](macro@di_core::intercept): its calls fail, are
//! late, and are written down.
//!
//! The component inside is a real one, a fake or a mock. What stands around it is of the same type, so that it goes
//! where that would.
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
//! async fn what_is_gone_is_asked_for_again(_: Sim) {
//!     let memory: Arc<dyn Store> = Arc::new(Memory);
//!     let (store, calls) = fault::on(memory)
//!         .fail("get", 1, || Gone)                    // the first call of `get`, and no other
//!         .delay("get", Duration::from_secs(5))       // each call
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
//! What the schedule decides is a choice like any other: in the first schedule all calls are as usual, and a failure is
//! shrunk to those faults that it needs.
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
