//! A component's trait has no lifetime.

#[di_core::intercept]
pub trait Names<'a>: Send + Sync {
    fn name(&self) -> &'a str;
}

fn main() {}
