//! Extractor that injects a field into an axum handler.

use std::convert::Infallible;
use std::sync::Arc;

use ::axum::extract::{FromRef, FromRequestParts};
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
/// The state is an `Arc` of the container, which a [`Host`](crate::Host) provides as `host.container().clone()`, or any
/// type from which it can be taken, see [`ContainerState`]. A type without a field in the container does not compile.
#[derive(Clone, Copy, Debug)]
pub struct Inject<T>(pub T);

/// A state of an axum router from which [`Inject`] takes the container: an `Arc` of it, or a type that names the container
/// and implements axum's [`FromRef`] for it.
///
/// ```
/// use std::sync::Arc;
/// use axum::extract::FromRef;
/// use axum::{Router, routing::get};
/// use di_core::axum::ContainerState;
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
/// #[derive(Clone)]
/// pub struct State {
///     app: Arc<App>,
///     version: &'static str,
/// }
///
/// impl ContainerState for State {
///     type Container = App;
/// }
///
/// impl FromRef<State> for Arc<App> {
///     fn from_ref(state: &State) -> Self {
///         state.app.clone()
///     }
/// }
///
/// async fn greet(Inject(_greeter): Inject<Arc<Greeter>>) -> &'static str {
///     "hello"
/// }
///
/// let state = State { app: Arc::new(App::builder().build_sync()?), version: "1" };
/// let router: Router = Router::new().route("/", get(greet)).with_state(state);
/// # let _ = router;
/// # Ok::<(), di_core::BuildError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a state from which `Inject` can take a container",
    label = "no container",
    note = "use an `Arc` of the container as the state, or implement `di_core::axum::ContainerState` for `{Self}`"
)]
pub trait ContainerState {
    /// The container.
    type Container: Container;
}

impl<C: Container> ContainerState for Arc<C> {
    type Container = C;
}

impl<S, T> FromRequestParts<S> for Inject<T>
where
    S: ContainerState + Send + Sync,
    Arc<S::Container>: FromRef<S>,
    T: FieldOf<S::Container> + Clone + Send,
{
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Inject(T::field(&Arc::from_ref(state)).clone()))
    }
}
