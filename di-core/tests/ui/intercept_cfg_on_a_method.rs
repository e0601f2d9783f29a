//! The macro cannot see whether a `#[cfg]` holds.

#[di_core::intercept]
pub trait Mailer: Send + Sync {
    #[cfg(unix)]
    fn backlog(&self) -> usize;
}

fn main() {}
