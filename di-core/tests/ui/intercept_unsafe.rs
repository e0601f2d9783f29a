//! An interceptor cannot uphold the contract of an `unsafe` method.

#[di_core::intercept]
pub trait Memory: Send + Sync {
    unsafe fn read(&self, at: usize) -> u8;
}

#[di_core::intercept]
pub unsafe trait Zeroed: Send + Sync {}

fn main() {}
