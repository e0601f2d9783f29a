use std::sync::Arc;

use di_core::ambient::{Clock, Entropy};
use di_core::{Container, HealthCheck, HealthChecks, Shutdown, provider};

use crate::storage::{Coordinate, HostMetrics};

/// What requests are answered with. Each is answered in a scope of its own, a [`Request`](super::Request), which has this
/// around it.
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
    /// Requested when what clients still send is to be broken off.
    #[provide(cut_off)]
    pub cut_off: Shutdown,
}

#[provider]
fn cut_off() -> Shutdown {
    Shutdown::new()
}
