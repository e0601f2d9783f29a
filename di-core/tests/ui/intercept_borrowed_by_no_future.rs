//! The future must borrow the arguments of the call.

use di_core::BoxFuture;

#[di_core::intercept]
pub trait Mailer: Send + Sync {
    fn send(&self, to: &str) -> BoxFuture<usize>;
    fn receive(&self, from: &str) -> futures_util::future::BoxFuture<'_, usize>;
}

fn main() {}
