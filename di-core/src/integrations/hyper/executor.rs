//! hyper's background tasks on the ambient spawner.

use std::fmt;
use std::sync::Arc;

use di_macros::component;

use crate::ambient::Spawner;

/// Spawns hyper's tasks on a [`Spawner`]. A component; cheap to clone.
#[derive(Clone)]
pub struct Executor {
    spawner: Arc<dyn Spawner>,
}

#[component]
impl Executor {
    /// Creates an executor that spawns on `spawner`. Its tasks have the name `hyper`.
    pub fn new(spawner: Arc<dyn Spawner>) -> Self {
        Executor { spawner }
    }
}

impl<F> ::hyper::rt::Executor<F> for Executor
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, future: F) {
        drop(self.spawner.spawn("hyper", future));
    }
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Executor")
    }
}
