//! `#[async_trait]` is missing.

#[di_core::intercept]
pub trait Mailer: Send + Sync {
    async fn send(&self, to: &str);
}

fn main() {}
