//! In five seconds: a field without `dyn` cannot be intercepted.

#[di_core::intercept]
pub trait Mailer: Send + Sync {
    const LIMIT: usize;
    type Receipt;
    fn backlog(&self) -> usize;
}

fn main() {}
