//! Fields that create a component from arguments on each call.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::CreateError;
use crate::component::IntoConstructed;
use crate::internal::BoxFuture;

/// Creates a component on each call, from dependencies and arguments. The arguments are the constructor's `#[assisted]`
/// parameters, in order.
///
/// ```
/// use std::sync::Arc;
/// use di_core::{component, Container, Factory};
///
/// pub struct Config { limit: u64 }
///
/// pub trait Session: Send + Sync {
///     fn describe(&self) -> String;
/// }
///
/// pub struct Upload { user: String, limit: u64 }
///
/// #[component]
/// impl Upload {
///     pub async fn new(config: &Config, #[assisted] user: String) -> Result<Self, std::io::Error> {
///         Ok(Upload { user, limit: config.limit })
///     }
/// }
/// impl Session for Upload {
///     fn describe(&self) -> String { format!("{} may upload {}", self.user, self.limit) }
/// }
///
/// #[derive(Container)]
/// pub struct App {
///     #[input]
///     config: Arc<Config>,
///     #[factory(Upload)]
///     sessions: Factory<(String,), dyn Session>,
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let app = App::builder(Config { limit: 10 }).build().await?;
/// let session: Arc<dyn Session> = app.sessions.create("ann".into()).await?;
/// assert_eq!(session.describe(), "ann may upload 10");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// `P` is the pointer to the component: an [`Arc`], or a [`Box`] for a [`BoxFactory`].
pub struct Factory<A, T: ?Sized, P = Arc<T>> {
    create: Arc<Create<A, P>>,
    product: PhantomData<fn() -> Box<T>>,
}

type Create<A, P> = dyn Fn(A) -> BoxFuture<Result<P, CreateError>> + Send + Sync;

/// A [`Factory`] with a sync constructor and a sync `create`.
pub struct SyncFactory<A, T: ?Sized, P = Arc<T>> {
    create: Arc<CreateSync<A, P>>,
    product: PhantomData<fn() -> Box<T>>,
}

type CreateSync<A, P> = dyn Fn(A) -> Result<P, CreateError> + Send + Sync;

/// A [`Factory`] of components that the caller owns: `create` returns a [`Box`]. The components need not be [`Sync`].
///
/// ```
/// use std::cell::Cell;
/// use di_core::{component, BoxFactory, Container};
///
/// pub struct Cursor { at: Cell<u64> }
///
/// #[component]
/// impl Cursor {
///     pub async fn new(#[assisted] at: u64) -> Self {
///         Cursor { at: Cell::new(at) }
///     }
/// }
///
/// #[derive(Container)]
/// pub struct App {
///     #[factory(Cursor)]
///     cursors: BoxFactory<(u64,), Cursor>,
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let app = App::builder().build().await?;
/// let cursor: Box<Cursor> = app.cursors.create(5).await?;
/// cursor.at.set(cursor.at.get() + 1);
/// assert_eq!(cursor.at.get(), 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type BoxFactory<A, T> = Factory<A, T, Box<T>>;

/// A [`BoxFactory`] with a sync constructor and a sync `create`.
pub type SyncBoxFactory<A, T> = SyncFactory<A, T, Box<T>>;

impl<A, T: ?Sized, P> Factory<A, T, P> {
    pub(crate) fn with(create: Arc<Create<A, P>>) -> Self {
        Factory { create, product: PhantomData }
    }

    /// Creates a factory from a function, for an override. The function takes the arguments as a tuple.
    pub fn new<F, O>(create: impl Fn(A) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = O> + Send + 'static,
        O: IntoConstructed<P>,
    {
        Factory::with(Arc::new(move |arguments| {
            let creating = create(arguments);
            Box::pin(async move { creating.await.into_result().map_err(CreateError::by_hand) })
        }))
    }
}

impl<A, T: ?Sized, P> SyncFactory<A, T, P> {
    pub(crate) fn with(create: Arc<CreateSync<A, P>>) -> Self {
        SyncFactory { create, product: PhantomData }
    }

    /// Creates a factory from a function, for an override. The function takes the arguments as a tuple.
    pub fn new<O: IntoConstructed<P>>(create: impl Fn(A) -> O + Send + Sync + 'static) -> Self {
        SyncFactory::with(Arc::new(move |arguments| create(arguments).into_result().map_err(CreateError::by_hand)))
    }
}

macro_rules! create {
    ($($argument:ident: $A:ident),*) => {
        impl<$($A,)* T: ?Sized, P> Factory<($($A,)*), T, P> {
            /// Creates a component.
            ///
            /// # Errors
            /// Returns a [`CreateError`] with the constructor's error if the constructor fails.
            pub async fn create(&self $(, $argument: $A)*) -> Result<P, CreateError> {
                (self.create)(($($argument,)*)).await
            }
        }

        impl<$($A,)* T: ?Sized, P> SyncFactory<($($A,)*), T, P> {
            /// Creates a component.
            ///
            /// # Errors
            /// Returns a [`CreateError`] with the constructor's error if the constructor fails.
            pub fn create(&self $(, $argument: $A)*) -> Result<P, CreateError> {
                (self.create)(($($argument,)*))
            }
        }
    };
}

create!();
create!(a: A);
create!(a: A, b: B);
create!(a: A, b: B, c: D);
create!(a: A, b: B, c: D, d: E);
create!(a: A, b: B, c: D, d: E, e: F);

impl<A, T: ?Sized, P> Clone for Factory<A, T, P> {
    fn clone(&self) -> Self {
        Factory::with(self.create.clone())
    }
}

impl<A, T: ?Sized, P> Clone for SyncFactory<A, T, P> {
    fn clone(&self) -> Self {
        SyncFactory::with(self.create.clone())
    }
}

impl<A, T: ?Sized, P> fmt::Debug for Factory<A, T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Factory")
    }
}

impl<A, T: ?Sized, P> fmt::Debug for SyncFactory<A, T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SyncFactory")
    }
}
