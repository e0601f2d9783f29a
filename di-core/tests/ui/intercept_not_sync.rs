//! The trait is not declared `Send + Sync`.

#[di_core::intercept]
pub trait Mailer {
    fn backlog(&self) -> usize;
}

fn main() {}
