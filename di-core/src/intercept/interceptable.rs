//! The trait that `#[intercept]` implements for a trait object.

use std::sync::Arc;

use super::{Interceptor, Method};

/// A trait object with interceptable calls, such as `dyn Mailer`. [`#[intercept]`](macro@crate::intercept) on the trait
/// implements it.
///
/// Generic code can intercept the calls of any such trait:
///
/// ```
/// use std::sync::Arc;
/// use di_core::intercept::{Call, Interceptable, Interceptor};
///
/// struct Log;
///
/// impl Interceptor for Log {
///     fn before(&self, call: &Call<'_>) {
///         eprintln!("{call}");
///     }
/// }
///
/// fn logged<T: Interceptable + ?Sized>(component: Arc<T>) -> Arc<T> {
///     T::intercepted(component, Log)
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "calls of `{Self}` cannot be intercepted",
    label = "not a trait with `#[di_core::intercept]`",
    note = "put `#[di_core::intercept]` on the trait, and write it as in the field: `Intercepted<dyn Trait, ..>`"
)]
pub trait Interceptable: 'static {
    /// Name of the trait, without its path and its parameters.
    const NAME: &'static str;

    /// The methods, in the order of the trait.
    const METHODS: &'static [Method];

    /// Wraps the calls of `inner` in `interceptor`.
    fn intercepted<I: Interceptor>(inner: Arc<Self>, interceptor: I) -> Arc<Self>;
}
