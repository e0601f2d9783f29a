//! In five seconds: `#[intercept]` goes on the trait, not on what implements it.

#[di_core::intercept]
pub struct Smtp;

fn main() {}
