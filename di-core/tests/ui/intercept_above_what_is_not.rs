//! The trait below this one has no `#[intercept]`.

pub trait Named: Send + Sync {
    fn name(&self) -> String;
}

#[di_core::intercept]
pub trait Mailer: Named {
    fn backlog(&self) -> usize;
}

fn main() {}
