//! A component is shared, so its methods take `&self`.

use std::sync::Arc;

#[di_core::intercept]
pub trait Mailer: Send + Sync {
    fn send(&mut self);
    fn flush(self: Arc<Self>);
    fn count() -> usize;
    fn make() -> Self
    where
        Self: Sized;
}

fn main() {}
