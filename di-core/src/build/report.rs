use std::fmt;
use std::time::{Duration, Instant};

use crate::{Graph, Node};

/// When each constructor of a build began, how long it took, and which of them the build waited for.
///
/// [`Build::with_report`](crate::Build::with_report) returns it. Its text is a waterfall, for a terminal:
///
/// ```text
/// built `App` in 105 ms, of which the critical path takes 105 ms: slow -> after_both
///   config       supplied, or not needed
///   quick        |####                                    |      0 us +     10 ms
/// * slow         |######################################  |      0 us +    100 ms
///   after_quick  |    ##########################          |     10 ms +     70 ms
/// * after_both   |                                      ##|    100 ms +   5000 us
/// ```
#[derive(Clone, Debug)]
pub struct BuildReport {
    graph: &'static Graph,
    /// By node; none for what was supplied, or not built.
    timings: Vec<Option<Timing>>,
    duration: Duration,
}

/// When a constructor began, and how long it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Time from the start of the build.
    pub start: Duration,
    /// Time from the call of the constructor until it was done; of an async one, including the time in which it waited.
    pub duration: Duration,
}

impl Timing {
    /// Time from the start of the build until it was done.
    pub fn end(&self) -> Duration {
        self.start + self.duration
    }
}

impl BuildReport {
    /// Name of the container.
    pub fn container(&self) -> &'static str {
        self.graph.name()
    }

    /// How long the whole build took.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// The constructors, in the order in which they began, and for those that began together in the order of the fields.
    pub fn timings(&self) -> Vec<(&'static Node, Timing)> {
        let built = self.timings.iter().zip(self.graph.nodes());
        let mut timings: Vec<_> = built.filter_map(|(timing, node)| timing.map(|timing| (node, timing))).collect();
        timings.sort_by_key(|(_, timing)| timing.start);
        timings
    }

    /// The chain of constructors that the build waited for: each began when the one before it was done, and the last one
    /// was done last. To start faster, make one of these faster.
    pub fn critical_path(&self) -> Vec<(&'static Node, Timing)> {
        let end = |node: &usize| self.timings[*node].map(|timing| timing.end());
        let nodes = self.graph.nodes();
        let mut path = Vec::new();
        let mut last = (0..nodes.len()).filter(|node| self.timings[*node].is_some()).max_by_key(end);
        while let Some(node) = last {
            path.extend(self.timings[node].map(|timing| (&nodes[node], timing)));
            let built = nodes[node].dependencies().filter(|dependency| self.timings[*dependency].is_some());
            last = built.max_by_key(end);
        }
        path.reverse();
        path
    }

    /// The fields that were supplied, or not needed.
    pub(super) fn supplied(&self) -> impl Iterator<Item = &'static Node> {
        let built = self.graph.nodes().iter().zip(&self.timings);
        built.filter(|(node, timing)| timing.is_none() && node.is_field()).map(|(node, _)| node)
    }
}

/// How many characters the bars of a waterfall may take.
const WIDTH: usize = 40;

impl fmt::Display for BuildReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.critical_path();
        let names: Vec<_> = path.iter().map(|(node, _)| node.id()).collect();
        let path_time: Duration = path.iter().map(|(_, timing)| timing.duration).sum();
        write!(f, "built `{}` in {}", self.container(), written(self.duration))?;
        write!(f, ", of which the critical path takes {}: {}", written(path_time), names.join(" -> "))?;
        let longest = self.graph.nodes().iter().map(|node| node.id().chars().count()).max().unwrap_or(0);
        for node in self.supplied() {
            write!(f, "\n  {:longest$}  supplied, or not needed", node.id())?;
        }
        let whole = self.duration.as_secs_f64().max(f64::MIN_POSITIVE);
        let column = |time: Duration| ((time.as_secs_f64() / whole * WIDTH as f64).round() as usize).min(WIDTH);
        for (node, timing) in self.timings() {
            let mark = if names.contains(&node.id()) { '*' } else { ' ' };
            let from = column(timing.start).min(WIDTH - 1);
            let bar = "#".repeat(column(timing.end()).saturating_sub(from).max(1));
            let blank = " ".repeat(from);
            let (start, duration) = (written(timing.start), written(timing.duration));
            write!(f, "\n{mark} {:longest$}  |{:WIDTH$}| {start:>9} + {duration:>9}", node.id(), blank + &bar)?;
        }
        Ok(())
    }
}

/// A time with three digits or so, and its unit.
pub(super) fn written(time: Duration) -> String {
    match time.as_micros() {
        micros @ 0..10_000 => format!("{micros} us"),
        micros @ 10_000..10_000_000 => format!("{} ms", micros / 1_000),
        micros => format!("{} s", micros / 1_000_000),
    }
}

/// Takes the times of a build that is under way.
pub(super) struct Recorder {
    begun: Instant,
    timings: Vec<Option<Timing>>,
}

impl Recorder {
    pub(super) fn new(begun: Instant, nodes: usize) -> Self {
        Recorder { begun, timings: vec![None; nodes] }
    }

    pub(super) fn started(&mut self, node: usize) {
        self.timings[node] = Some(Timing { start: self.begun.elapsed(), duration: Duration::ZERO });
    }

    pub(super) fn finished(&mut self, node: usize) {
        if let Some(timing) = &mut self.timings[node] {
            timing.duration = self.begun.elapsed().saturating_sub(timing.start);
        }
    }

    pub(super) fn into_report(self, graph: &'static Graph) -> BuildReport {
        BuildReport { graph, duration: self.begun.elapsed(), timings: self.timings }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Constructor, Kind};

    fn report(dependencies: &[&'static [usize]], times: &[Option<(u64, u64)>]) -> BuildReport {
        const NAMES: [&str; 5] = ["config", "quick", "slow", "after_quick", "after_both"];
        let node = |(at, &list): (usize, &&'static [usize])| {
            Node::new(NAMES[at], "T", Kind::Component, "T", Constructor::new(list), 1)
        };
        let nodes: Vec<_> = dependencies.iter().enumerate().map(node).collect();
        let graph: &'static Graph = Box::leak(Box::new(Graph::new("App", "app.rs", nodes.leak())));
        let timing = |&(start, duration): &(u64, u64)| Timing {
            start: Duration::from_millis(start),
            duration: Duration::from_millis(duration),
        };
        let timings = times.iter().map(|time| time.as_ref().map(timing)).collect();
        BuildReport { graph, timings, duration: Duration::from_millis(105) }
    }

    #[test]
    fn the_critical_path_is_what_the_build_waited_for() {
        let dependencies: [&[usize]; 5] = [&[], &[0], &[0], &[1], &[2, 3]];
        let times = [None, Some((0, 10)), Some((0, 100)), Some((10, 70)), Some((100, 5))];
        let report = report(&dependencies, &times);
        let path: Vec<_> = report.critical_path().iter().map(|(node, _)| node.name()).collect();
        assert_eq!(path, ["slow", "after_both"]);
        assert_eq!(
            report.to_string(),
            "built `App` in 105 ms, of which the critical path takes 105 ms: slow -> after_both\n  \
             config       supplied, or not needed\n  \
             quick        |####                                    |      0 us +     10 ms\n\
             * slow         |######################################  |      0 us +    100 ms\n  \
             after_quick  |    ##########################          |     10 ms +     70 ms\n\
             * after_both   |                                      ##|    100 ms +   5000 us"
        );
    }

    #[test]
    fn a_build_of_nothing_has_an_empty_path() {
        let report = report(&[&[]], &[None]);
        assert!(report.critical_path().is_empty() && report.timings().is_empty());
        assert!(report.to_string().contains("config"));
    }
}
