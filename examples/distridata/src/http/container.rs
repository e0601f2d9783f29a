//! Components shared by all requests.

use std::sync::Arc;

use di_core::ambient::{Clock, Entropy};
use di_core::{Container, HealthCheck, HealthChecks, Shutdown, provider};

use crate::storage::{Coordinate, HostMetrics};

/// Components that handle requests. Each request has its own scope, [`RequestScope`](super::RequestScope), which takes
/// this container as an input.
#[derive(Clone, Container)]
#[container(deny(unused))]
pub struct Http {
    #[input]
    pub clock: Arc<dyn Clock>,
    #[input]
    pub entropy: Arc<dyn Entropy>,
    #[input]
    pub coordinator: Arc<dyn Coordinate>,
    #[input]
    pub host_metrics: Arc<HostMetrics>,
    #[input]
    checks: Vec<Arc<dyn HealthCheck>>,
    #[component]
    pub health: Arc<HealthChecks>,
    /// Cuts off uploads that take too long during shutdown.
    #[provide(cut_off)]
    pub cut_off: Shutdown,
}

#[provider]
fn cut_off() -> Shutdown {
    Shutdown::new()
}
