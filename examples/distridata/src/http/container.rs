use std::sync::Arc;

use di_core::{Container, HealthCheck, HealthChecks};

use crate::storage::{Coordinate, HostMetrics};

/// What requests are answered with.
#[derive(Clone, Container)]
#[container(deny(unused))]
pub struct Http {
    #[input]
    pub coordinator: Arc<dyn Coordinate>,
    #[input]
    pub host_metrics: Arc<HostMetrics>,
    #[input]
    checks: Vec<Arc<dyn HealthCheck>>,
    #[component]
    pub health: Arc<HealthChecks>,
}
