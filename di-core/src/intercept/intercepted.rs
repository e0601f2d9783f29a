//! The decorator that puts an interceptor around a component.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::{Interceptable, Interceptor};
use crate::component::{Component, Decorator};
use crate::container::generated::{Phase, Step, step_async, unwrap_built};
use crate::container::{Container, Shared};
use crate::graph::Constructor;
use crate::internal::{BoxError, BoxFuture, ConstText};

/// A component of the trait `T` with the interceptor `I` around its calls.
///
/// Implements each trait that `T` implements and that has [`#[intercept]`](macro@crate::intercept). In a container it
/// decorates an `Arc<dyn Trait>`, for each `I` that is a component. The dependencies of an interceptor are injected:
///
/// ```
/// # use std::sync::Arc;
/// # use di_core::ambient::{Ambient, Clock, Entropy};
/// # use di_core::intercept::{Backoff, CallMetrics, Metered, Retry};
/// # use di_core::{Component, Container, Intercepted};
/// # #[di_core::intercept]
/// # #[async_trait::async_trait]
/// # pub trait Mailer: Send + Sync {
/// #     async fn send(&self, to: &str) -> Result<(), std::io::Error>;
/// # }
/// # #[derive(Component)]
/// # pub struct Smtp;
/// # #[async_trait::async_trait]
/// # impl Mailer for Smtp {
/// #     async fn send(&self, _to: &str) -> Result<(), std::io::Error> { Ok(()) }
/// # }
/// #[derive(Container)]
/// struct App {
///     # #[module]
///     # ambient: Ambient,
///     # #[import(ambient)]
///     # clock: Arc<dyn Clock>,
///     # #[import(ambient)]
///     # entropy: Arc<dyn Entropy>,
///     # #[component]
///     # metrics: Arc<CallMetrics>,
///     #[component(Smtp)]
///     #[decorate(Intercepted<dyn Mailer, Retry<Backoff>>, Intercepted<dyn Mailer, Metered>)]
///     mailer: Arc<dyn Mailer>,
///     // ..
/// }
/// # App::builder().build_sync()?;
/// # Ok::<(), di_core::BuildError>(())
/// ```
/// To create one by hand:
///
/// ```
/// # use std::sync::Arc;
/// # use di_core::Intercepted;
/// # use di_core::intercept::Interceptor;
/// # #[di_core::intercept]
/// # pub trait Mailer: Send + Sync { fn backlog(&self) -> usize; }
/// # struct Smtp;
/// # impl Mailer for Smtp { fn backlog(&self) -> usize { 2 } }
/// # struct Nothing;
/// # impl Interceptor for Nothing {}
/// let mailer: Arc<dyn Mailer> = Arc::new(Intercepted::new(Arc::new(Smtp), Nothing));
/// assert_eq!(mailer.backlog(), 2);
/// ```
pub struct Intercepted<T: ?Sized, I> {
    inner: Arc<T>,
    interceptor: Arc<I>,
}

impl<T: ?Sized, I> Intercepted<T, I> {
    /// Wraps the calls of `inner` in `interceptor`.
    pub fn new(inner: Arc<T>, interceptor: I) -> Self {
        Intercepted { inner, interceptor: Arc::new(interceptor) }
    }
}

/// Returns the component and the interceptor, for a generated call.
#[doc(hidden)]
pub fn parts<T: ?Sized, I>(intercepted: &Intercepted<T, I>) -> (&Arc<T>, &Arc<I>) {
    (&intercepted.inner, &intercepted.interceptor)
}

impl<C: Container, T: Interceptable + Shared + ?Sized, I: Interceptor + Component<C>> Decorator<C, Arc<T>>
    for Intercepted<T, I>
{
    const CONSTRUCTOR: Constructor = I::CONSTRUCTOR.refused(match &Check::<T, I>::MISSING_CAPABILITY {
        Some(lacking) => Some(lacking.as_str()),
        None if I::CONSTRUCTOR.has_hooks() => Some(
            "an interceptor cannot have `#[start]`, `#[run]` or `#[stop]`: move them to a separate component, and inject \
             it into the interceptor",
        ),
        None => None,
    });

    fn decorate(fields: &C::Fields, inner: Arc<T>) -> Result<Self, BoxError> {
        Ok(Intercepted::new(inner, I::construct(fields)?))
    }

    fn decorate_async(fields: &C::Fields, inner: Arc<T>) -> BoxFuture<Result<Self, BoxError>> {
        let interceptor = I::construct_async(fields);
        Box::pin(async move { Ok(Intercepted::new(inner, interceptor.await?)) })
    }

    fn build(fields: &mut C::Fields, inner: Option<Arc<T>>, phase: Phase) -> Step<Self> {
        if I::CONSTRUCTOR.is_async() {
            step_async(phase, || Self::decorate_async(fields, unwrap_built(inner)))
        } else {
            Step::of(Self::decorate(fields, unwrap_built(inner)))
        }
    }
}

/// Checks at compile time whether an interceptor has an effect on a trait.
struct Check<T: ?Sized, I>(PhantomData<(I, T)>);

impl<T: Interceptable + ?Sized, I: Interceptor> Check<T, I> {
    const MISSING_CAPABILITY: Option<ConstText> = match I::REQUIRES {
        Some(capability) => capability.lacking_in(T::NAME, T::METHODS),
        None => None,
    };
}

impl<T: fmt::Debug + ?Sized, I> fmt::Debug for Intercepted<T, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Intercepted").field(&&*self.inner).finish()
    }
}
