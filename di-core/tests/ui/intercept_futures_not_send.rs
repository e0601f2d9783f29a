//! The futures must be `Send`.

use std::pin::Pin;

use async_trait::async_trait;

#[di_core::intercept]
#[async_trait(?Send)]
pub trait Mailer: Send + Sync {
    async fn send(&self);
}

#[di_core::intercept]
pub trait Store: Send + Sync {
    fn get(&self) -> Pin<Box<dyn Future<Output = u8> + '_>>;
}

fn main() {}
