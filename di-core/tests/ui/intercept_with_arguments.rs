//! Interceptors are listed where the component is wired, not on the trait.

#[di_core::intercept(Retry)]
pub trait Mailer: Send + Sync {
    fn backlog(&self) -> usize;
}

fn main() {}
