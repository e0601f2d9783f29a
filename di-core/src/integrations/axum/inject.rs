//! Extractor that injects a field into an axum handler.

use std::convert::Infallible;
use std::sync::Arc;

use ::axum::extract::FromRequestParts;
use ::axum::http::request::Parts;

use crate::container::{Container, FieldOf};

/// Extracts a field, by its type, from the container that is the state of an axum router.
///
/// ```
/// use std::sync::Arc;
/// use axum::{Router, routing::get};
/// use di_core::{Component, Container, Inject};
///
/// #[derive(Component)]
/// pub struct Greeter;
///
/// #[derive(Container)]
/// pub struct App {
///     #[component]
///     greeter: Arc<Greeter>,
/// }
///
/// async fn greet(Inject(greeter): Inject<Arc<Greeter>>) -> String {
///     format!("hello from one of {}", Arc::strong_count(&greeter))
/// }
///
/// let app = App::builder().build_sync()?;
/// let router: Router = Router::new().route("/", get(greet)).with_state(Arc::new(app));
/// # let _ = router;
/// # Ok::<(), di_core::BuildError>(())
/// ```
///
/// A health endpoint, with the component [`HealthChecks`](crate::HealthChecks):
///
/// ```
/// # #[cfg(feature = "tokio")] {
/// use std::sync::Arc;
/// use axum::http::StatusCode;
/// use di_core::{HealthChecks, Inject};
///
/// async fn health(Inject(checks): Inject<Arc<HealthChecks>>) -> (StatusCode, String) {
///     let report = checks.report().await;
///     let status = if report.is_healthy() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
///     (status, report.to_string())
/// }
/// # #[derive(di_core::Container)]
/// # struct App {
/// #     #[collect()]
/// #     checks: Vec<Arc<dyn di_core::HealthCheck>>,
/// #     #[component]
/// #     health: Arc<HealthChecks>,
/// # }
/// # let app = Arc::new(App::builder().build_sync()?);
/// # let _: axum::Router = axum::Router::new().route("/health", axum::routing::get(health)).with_state(app);
/// # }
/// # Ok::<(), di_core::BuildError>(())
/// ```
///
/// The state is an `Arc` of the container. A [`Host`](crate::Host) provides it as `host.container().clone()`. A type
/// without a field in the container does not compile.
#[derive(Clone, Copy, Debug)]
pub struct Inject<T>(pub T);

impl<C, T> FromRequestParts<Arc<C>> for Inject<T>
where
    C: Container + Send + Sync,
    T: FieldOf<C> + Clone + Send,
{
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, state: &Arc<C>) -> Result<Self, Infallible> {
        Ok(Inject(T::field(state).clone()))
    }
}
