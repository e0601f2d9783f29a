//! In five seconds: `#[intercept]` goes above `#[automock]`. The other two errors are the compiler's, on the code that mockall generates.

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
