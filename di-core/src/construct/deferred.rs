//! Components that are constructed after the build, from clones of their dependencies.

use std::sync::Arc;

use crate::container::Container;
use crate::fields::{CreateError, Factory, Lazy, SyncFactory};
use crate::graph::Constructor;
use crate::internal::{BoxError, BoxFuture};

/// A constructor with arguments `A` that returns an `R`.
type Create<C, A, R> = fn(&<C as Container>::Fields, A) -> R;

/// A constructor of a component in an `Arc`.
type ConstructShared<C, T> = fn(&<C as Container>::Fields) -> BoxFuture<Result<Arc<T>, BoxError>>;

/// Creates the lazy field at `node`. `view` coerces its component `T` to `V`.
pub fn lazy<C: Container, T: Send + Sync + 'static, V: ?Sized + Send + Sync + 'static>(
    fields: &C::Fields,
    node: usize,
    constructor: Constructor,
    construct: ConstructShared<C, T>,
    view: fn(Arc<T>) -> Arc<V>,
) -> Lazy<V>
where
    C::Fields: Send + Sync,
{
    let dependencies = dependencies::<C>(fields, constructor);
    Lazy::with(Box::new(move || created::<C, Arc<T>, V>(node, construct(&dependencies), view)))
}

/// Creates the factory at `node`. `view` coerces its component `T` to `V`.
pub fn factory<C: Container, A: 'static, T: Send + 'static, V: ?Sized + Send + Sync + 'static>(
    fields: &C::Fields,
    node: usize,
    constructor: Constructor,
    create: Create<C, A, BoxFuture<Result<T, BoxError>>>,
    view: fn(T) -> Arc<V>,
) -> Factory<A, V>
where
    C::Fields: Send + Sync,
{
    let dependencies = dependencies::<C>(fields, constructor);
    Factory::with(Arc::new(move |arguments| created::<C, T, V>(node, create(&dependencies, arguments), view)))
}

/// Creates the sync factory at `node`. `view` coerces its component `T` to `V`.
pub fn sync_factory<C: Container, A: 'static, T: 'static, V: ?Sized + 'static>(
    fields: &C::Fields,
    node: usize,
    constructor: Constructor,
    create: Create<C, A, Result<T, BoxError>>,
    view: fn(T) -> Arc<V>,
) -> SyncFactory<A, V>
where
    C::Fields: Send + Sync,
{
    let dependencies = dependencies::<C>(fields, constructor);
    SyncFactory::with(Arc::new(move |arguments| {
        create(&dependencies, arguments).map(view).map_err(|source| failed::<C>(node, source))
    }))
}

/// Fails to compile if the constructor of a `SyncFactory` is async, or if that of any factory returns an `Arc`.
#[track_caller]
pub const fn check_factory(constructor: Constructor, is_sync: bool) {
    if constructor.returns_arc() {
        panic!("a factory puts its components in an `Arc` itself: make the constructor return `Self`");
    }
    if is_sync && constructor.is_async() {
        panic!("a `SyncFactory` cannot await its constructor, which is an `async fn`: make the field a `Factory`");
    }
}

fn created<C: Container, T: Send + 'static, V: ?Sized + Send + Sync + 'static>(
    node: usize,
    creating: BoxFuture<Result<T, BoxError>>,
    view: fn(T) -> Arc<V>,
) -> BoxFuture<Result<Arc<V>, CreateError>> {
    Box::pin(async move { creating.await.map(view).map_err(|source| failed::<C>(node, source)) })
}

fn failed<C: Container>(node: usize, source: BoxError) -> CreateError {
    CreateError::in_container(C::GRAPH.name(), &C::GRAPH.nodes()[node], source)
}

/// Creates fields that contain only clones of the dependencies.
fn dependencies<C: Container>(fields: &C::Fields, constructor: Constructor) -> C::Fields {
    let mut dependencies = C::empty_fields();
    for &dependency in constructor.dependencies() {
        C::clone_field(fields, dependency, &mut dependencies);
    }
    dependencies
}

/// Clones a field if its type is `Clone`.
///
/// Method resolution selects the inherent `maybe_clone` for a `Clone` type, and that of [`NotClone`] otherwise. A
/// constructor cannot take a field by value that is not `Clone`, so it never needs such a clone.
pub struct MaybeClone<'a, T>(pub &'a Option<T>);

impl<T: Clone> MaybeClone<'_, T> {
    /// Returns a clone.
    pub fn maybe_clone(&self) -> Option<T> {
        self.0.clone()
    }
}

/// Fallback for a field that is not `Clone`.
pub trait NotClone<T> {
    /// Returns `None`.
    fn maybe_clone(&self) -> Option<T>;
}

impl<T> NotClone<T> for MaybeClone<'_, T> {
    fn maybe_clone(&self) -> Option<T> {
        None
    }
}
