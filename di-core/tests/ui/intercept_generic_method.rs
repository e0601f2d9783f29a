//! A trait object has no generic methods.

#[di_core::intercept]
pub trait Mailer: Send + Sync {
    fn send<T: ToString>(&self, text: T);
    fn receive(&self, text: impl ToString);
    fn all(&self) -> impl Iterator<Item = String>;
}

fn main() {}
