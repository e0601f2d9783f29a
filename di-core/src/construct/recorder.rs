//! Collection of constructor times for a build report.

use std::time::Duration;

use super::report::{BuildReport, Timing};
use crate::graph::Graph;
use crate::internal::Instant;

/// Records the times of a build.
pub(super) struct Recorder {
    graph: &'static Graph,
    started_at: Instant,
    timings: Vec<Option<Timing>>,
}

impl Recorder {
    pub(super) fn new(graph: &'static Graph) -> Self {
        Recorder { graph, started_at: Instant::now(), timings: vec![None; graph.nodes().len()] }
    }

    pub(super) fn started(&mut self, node: usize) {
        let start = self.started_at.elapsed();
        self.timings[node] = Some(Timing { node: &self.graph.nodes()[node], start, duration: Duration::ZERO });
    }

    pub(super) fn finished(&mut self, node: usize) {
        if let Some(timing) = &mut self.timings[node] {
            timing.duration = self.started_at.elapsed().saturating_sub(timing.start);
        }
    }

    pub(super) fn into_report(self) -> BuildReport {
        BuildReport::new(self.graph, self.timings, self.started_at.elapsed())
    }
}
