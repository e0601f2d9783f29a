//! `#[intercept]` must be applied to the trait, not to its implementation.

#[di_core::intercept]
pub struct Smtp;

fn main() {}
