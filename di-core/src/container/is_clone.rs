//! Check that the fields can be cloned that a lazy component or a factory needs.

use std::marker::PhantomData;

use crate::graph::{Constructor, Node};
use crate::internal::ConstText;

/// Finds out whether `T` is [`Clone`], without a bound: the inherent constant hides that of [`NotCloneType`].
pub struct CloneType<T>(PhantomData<T>);

impl<T: Clone> CloneType<T> {
    /// `T` is `Clone`.
    pub const IS_CLONE: bool = true;
}

/// Fallback for a type that is not `Clone`.
pub trait NotCloneType {
    /// The type is not `Clone`.
    const IS_CLONE: bool = false;
}

impl<T> NotCloneType for CloneType<T> {}

/// Fails to compile if the constructor of a lazy component or a factory borrows a field that is not `Clone`. The
/// constructor is called after the build, with clones of its dependencies.
#[track_caller]
pub const fn check_cloned(constructor: Constructor, nodes: &[Node], is_clone: &[bool]) {
    let dependencies = constructor.dependencies();
    let mut at = 0;
    while at < dependencies.len() {
        if !is_clone[dependencies[at]] {
            let node = &nodes[dependencies[at]];
            let mut text = ConstText::new();
            text.push("a lazy component or a factory borrows from a clone of `");
            text.push(node.name());
            text.push("`, but `");
            text.push(node.type_name());
            text.push("` is not `Clone`: make the field an `Arc<");
            text.push(node.type_name());
            text.push(">`");
            panic!("{}", text.as_str());
        }
        at += 1;
    }
}
