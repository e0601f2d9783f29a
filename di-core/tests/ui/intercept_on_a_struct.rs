//! In five seconds: `#[intercept]` goes on the trait, not on its implementation.

#[di_core::intercept]
pub struct Smtp;

fn main() {}
