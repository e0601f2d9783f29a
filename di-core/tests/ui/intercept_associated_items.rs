//! A trait with an associated type or constant cannot be intercepted.

#[di_core::intercept]
pub trait Mailer: Send + Sync {
    const LIMIT: usize;
    type Receipt;
    fn backlog(&self) -> usize;
}

fn main() {}
