//! Components that are constructed after the build: what they need is kept for them.

use std::sync::Arc;

use crate::create_error::CreateError;
use crate::factory::{Factory, SyncFactory};
use crate::{BoxError, BoxFuture, Constructor, Container, Lazy};

/// A constructor with arguments, which returns an `R`.
type Create<C, A, R> = fn(&<C as Container>::Fields, A) -> R;

/// The lazy field at `node`, whose component is a `T`, seen as a `V`.
pub fn lazy<C: Container, T: Send + 'static, V: ?Sized + Send + Sync + 'static>(
    fields: &C::Fields,
    node: usize,
    constructor: Constructor,
    construct: fn(&C::Fields) -> BoxFuture<Result<T, BoxError>>,
    view: fn(T) -> Arc<V>,
) -> Lazy<V>
where
    C::Fields: Send + Sync,
{
    let kept = kept::<C>(fields, constructor);
    Lazy::with(Box::new(move || created::<C, T, V>(node, construct(&kept), view)))
}

/// The factory at `node`, whose component is a `T`, seen as a `V`.
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
    let kept = kept::<C>(fields, constructor);
    Factory::with(Arc::new(move |arguments| created::<C, T, V>(node, create(&kept, arguments), view)))
}

/// The sync factory at `node`, whose component is a `T`, seen as a `V`.
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
    let kept = kept::<C>(fields, constructor);
    SyncFactory::with(Arc::new(move |arguments| {
        create(&kept, arguments).map(view).map_err(|source| failed::<C>(node, source))
    }))
}

/// Fails to compile where the constructor of a `SyncFactory` is async.
#[track_caller]
pub const fn check_sync_factory(constructor: Constructor) {
    if constructor.is_async() {
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
    CreateError::new(Some((C::GRAPH.name(), &C::GRAPH.nodes()[node])), source)
}

/// Fields with the dependencies, and nothing else.
fn kept<C: Container>(fields: &C::Fields, constructor: Constructor) -> C::Fields {
    let mut kept = C::no_fields();
    for &dependency in constructor.dependencies() {
        C::keep(fields, dependency, &mut kept);
    }
    kept
}

/// A field that is to be cloned, if its type is `Clone`. Where it is, the method below is found first; where not, that of
/// [`NotKept`]. What is not `Clone` is nobody's parameter, so that nobody misses it.
pub struct Keep<'a, T>(pub &'a Option<T>);

impl<T: Clone> Keep<'_, T> {
    /// A clone.
    pub fn kept(&self) -> Option<T> {
        self.0.clone()
    }
}

/// A field that is not `Clone`.
pub trait NotKept<T> {
    /// Nothing.
    fn kept(&self) -> Option<T>;
}

impl<T> NotKept<T> for Keep<'_, T> {
    fn kept(&self) -> Option<T> {
        None
    }
}
