//! Fields that create a component from arguments on each call.

use std::fmt;
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
pub struct Factory<A, T: ?Sized>(Arc<Create<A, T>>);

type Create<A, T> = dyn Fn(A) -> BoxFuture<Result<Arc<T>, CreateError>> + Send + Sync;

/// A [`Factory`] with a sync constructor and a sync `create`.
pub struct SyncFactory<A, T: ?Sized>(Arc<CreateSync<A, T>>);

type CreateSync<A, T> = dyn Fn(A) -> Result<Arc<T>, CreateError> + Send + Sync;

impl<A, T: ?Sized> Factory<A, T> {
    pub(crate) fn with(create: Arc<Create<A, T>>) -> Self {
        Factory(create)
    }

    /// Creates a factory from a function, for an override. The function takes the arguments as a tuple.
    pub fn new<F, O>(create: impl Fn(A) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = O> + Send + 'static,
        O: IntoConstructed<Arc<T>>,
    {
        Factory(Arc::new(move |arguments| {
            let creating = create(arguments);
            Box::pin(async move { creating.await.into_result().map_err(CreateError::by_hand) })
        }))
    }
}

impl<A, T: ?Sized> SyncFactory<A, T> {
    pub(crate) fn with(create: Arc<CreateSync<A, T>>) -> Self {
        SyncFactory(create)
    }

    /// Creates a factory from a function, for an override. The function takes the arguments as a tuple.
    pub fn new<O: IntoConstructed<Arc<T>>>(create: impl Fn(A) -> O + Send + Sync + 'static) -> Self {
        SyncFactory(Arc::new(move |arguments| create(arguments).into_result().map_err(CreateError::by_hand)))
    }
}

macro_rules! create {
    ($($argument:ident: $A:ident),*) => {
        impl<$($A,)* T: ?Sized> Factory<($($A,)*), T> {
            /// Creates a component.
            ///
            /// # Errors
            /// Returns a [`CreateError`] with the constructor's error if the constructor fails.
            pub async fn create(&self $(, $argument: $A)*) -> Result<Arc<T>, CreateError> {
                (self.0)(($($argument,)*)).await
            }
        }

        impl<$($A,)* T: ?Sized> SyncFactory<($($A,)*), T> {
            /// Creates a component.
            ///
            /// # Errors
            /// Returns a [`CreateError`] with the constructor's error if the constructor fails.
            pub fn create(&self $(, $argument: $A)*) -> Result<Arc<T>, CreateError> {
                (self.0)(($($argument,)*))
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

impl<A, T: ?Sized> Clone for Factory<A, T> {
    fn clone(&self) -> Self {
        Factory(self.0.clone())
    }
}

impl<A, T: ?Sized> Clone for SyncFactory<A, T> {
    fn clone(&self) -> Self {
        SyncFactory(self.0.clone())
    }
}

impl<A, T: ?Sized> fmt::Debug for Factory<A, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Factory")
    }
}

impl<A, T: ?Sized> fmt::Debug for SyncFactory<A, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SyncFactory")
    }
}
