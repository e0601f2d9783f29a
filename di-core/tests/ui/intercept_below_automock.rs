//! In five seconds: `#[intercept]` goes above `#[automock]`. The other two are the compiler's, on what mockall makes of it.

use async_trait::async_trait;
use mockall::automock;

#[automock]
#[di_core::intercept]
#[async_trait]
pub trait Mailer: Send + Sync {
    async fn send(&self, to: &str) -> u32;
    fn backlog(&self) -> usize;
}

fn main() {}
