//! Overrides of fields by functions of the real values.

use std::sync::{Mutex, PoisonError};

use super::Container;

/// Functions that wrap fields of a container once they are built. `F` is the type of the partial fields.
pub struct Wrappers<F> {
    /// A mutex, so that the functions need not be `Sync`. It is locked only to list the nodes.
    by_node: Mutex<Vec<NodeWrapper<F>>>,
}

struct NodeWrapper<F> {
    node: usize,
    wrap: Wrap<F>,
}

/// A function that wraps a field.
type Wrap<F> = Box<dyn FnOnce(&mut F) + Send>;

impl<F> Default for Wrappers<F> {
    fn default() -> Self {
        Wrappers { by_node: Mutex::new(Vec::new()) }
    }
}

impl<F> Wrappers<F> {
    /// Adds a function, which is called after the node is built.
    pub fn add(&mut self, node: usize, wrap: impl FnOnce(&mut F) + Send + 'static) {
        self.list().push(NodeWrapper { node, wrap: Box::new(wrap) });
    }

    /// Removes the functions of a node, in the order in which they were added.
    pub fn take(&mut self, node: usize) -> Vec<Wrap<F>> {
        self.list().extract_if(.., |wrapper| wrapper.node == node).map(|wrapper| wrapper.wrap).collect()
    }

    /// Returns the nodes with functions.
    pub fn nodes(&self) -> Vec<usize> {
        self.by_node.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|wrapper| wrapper.node).collect()
    }

    fn list(&mut self) -> &mut Vec<NodeWrapper<F>> {
        self.by_node.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Replaces the value of a built field of type `T` by a function of it.
pub fn wrap_field<C: Container, T: 'static>(fields: &mut C::Fields, node: usize, wrap: impl FnOnce(T) -> T) {
    match C::slot(fields, node).and_then(|slot| slot.downcast_mut::<Option<T>>()) {
        Some(field) => *field = field.take().map(wrap),
        None => unreachable!("di-core mixed up two fields. This is a bug in di-core; please report it."),
    }
}
