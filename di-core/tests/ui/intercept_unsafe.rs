//! In five seconds: an interceptor cannot keep the promises that `unsafe` asks for.

#[di_core::intercept]
pub trait Memory: Send + Sync {
    unsafe fn read(&self, at: usize) -> u8;
}

#[di_core::intercept]
pub unsafe trait Zeroed: Send + Sync {}

fn main() {}
