//! Components that are constructed after the build, from clones of their dependencies.

use std::sync::Arc;

use crate::container::Container;
use crate::fields::{CreateError, Factory, Lazy, SyncFactory, SyncLazy};
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
    Lazy::with(Box::new(move || created::<C, Arc<T>, Arc<V>>(node, construct(&dependencies), view)))
}

/// Creates the lazy field at `node` with a sync constructor. `view` coerces its component `T` to `V`.
pub fn sync_lazy<C: Container, T: 'static, V: ?Sized + 'static>(
    fields: &C::Fields,
    node: usize,
    constructor: Constructor,
    construct: fn(&C::Fields) -> Result<Arc<T>, BoxError>,
    view: fn(Arc<T>) -> Arc<V>,
) -> SyncLazy<V>
where
    C::Fields: Send + Sync,
{
    let dependencies = dependencies::<C>(fields, constructor);
    SyncLazy::with(Box::new(move || construct(&dependencies).map(view).map_err(|source| failed::<C>(node, source))))
}

/// Creates the factory at `node`. `view` puts its component `T` in an [`Arc`] or a [`Box`] of `V`.
pub fn factory<C: Container, A: 'static, T: Send + 'static, V: ?Sized + 'static, P: 'static>(
    fields: &C::Fields,
    node: usize,
    constructor: Constructor,
    create: Create<C, A, BoxFuture<Result<T, BoxError>>>,
    view: fn(T) -> P,
) -> Factory<A, V, P>
where
    C::Fields: Send + Sync,
{
    let dependencies = dependencies::<C>(fields, constructor);
    Factory::with(Arc::new(move |arguments| created::<C, T, P>(node, create(&dependencies, arguments), view)))
}

/// Creates the sync factory at `node`. `view` puts its component `T` in an [`Arc`] or a [`Box`] of `V`.
pub fn sync_factory<C: Container, A: 'static, T: 'static, V: ?Sized + 'static, P: 'static>(
    fields: &C::Fields,
    node: usize,
    constructor: Constructor,
    create: Create<C, A, Result<T, BoxError>>,
    view: fn(T) -> P,
) -> SyncFactory<A, V, P>
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

/// Fails to compile if the constructor of a `SyncLazy` is async.
#[track_caller]
pub const fn check_sync_lazy(constructor: Constructor) {
    if constructor.is_async() {
        panic!("a `SyncLazy` cannot await its constructor, which is an `async fn`: make the field a `Lazy`");
    }
}

fn created<C: Container, T: Send + 'static, P: 'static>(
    node: usize,
    creating: BoxFuture<Result<T, BoxError>>,
    view: fn(T) -> P,
) -> BoxFuture<Result<P, CreateError>> {
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
