//! A service that welcomes its users in the background, in plain tokio. It knows nothing of testkit, and it has a bug, which
//! `examples/unmodified/tests` finds under `cargo testkit`.

mod mailer;
mod transport;

pub use mailer::Mailer;
pub use transport::{Mail, Transport};
