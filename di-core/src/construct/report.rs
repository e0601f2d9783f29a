//! Timings of a build, its critical path, and the waterfall in text form.

use std::fmt;
use std::iter::successors;
use std::time::Duration;

use super::hook_timing::HookTiming;
use crate::graph::{Graph, Node};

/// Times of the constructors of a build, with the critical path. The report of a start also covers the `#[start]` hooks.
///
/// [`Build::with_report`](super::Build::with_report) returns it, and `App::builder(..).start().with_report()`. It
/// displays as a waterfall for a terminal:
///
/// ```text
/// built `App` in 105 ms; the critical path takes 105 ms: slow -> after_both
///   config       supplied, or not needed
///   quick        |####                                    |      0 us +     10 ms
/// * slow         |######################################  |      0 us +    100 ms
///   after_quick  |    ##########################          |     10 ms +     70 ms
/// * after_both   |                                      ##|    100 ms +   5000 us
/// ```
#[derive(Clone, Debug)]
pub struct BuildReport {
    graph: &'static Graph,
    /// By node index; `None` for nodes that were supplied or not built.
    timings: Vec<Option<Timing>>,
    /// The `#[start]` hooks, in the order of their start. `None` for a build without a start.
    hooks: Option<Vec<HookTiming>>,
    duration: Duration,
}

/// Time span of a constructor in a build.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Timing {
    /// The constructed node.
    pub node: &'static Node,
    /// Time from the start of the build to the call of the constructor.
    pub start: Duration,
    /// Time from the call of the constructor until it finished. For an async constructor it includes time spent
    /// waiting.
    pub duration: Duration,
}

impl Timing {
    /// Returns the time from the start of the build until the constructor finished.
    pub fn end(&self) -> Duration {
        self.start + self.duration
    }
}

impl BuildReport {
    pub(super) fn new(graph: &'static Graph, timings: Vec<Option<Timing>>, duration: Duration) -> Self {
        BuildReport { graph, timings, hooks: None, duration }
    }

    /// Adds the `#[start]` hooks. Their times, and `duration`, count from the start of the build.
    #[cfg(feature = "tokio")]
    pub(crate) fn with_hooks(mut self, hooks: Vec<HookTiming>, duration: Duration) -> Self {
        self.hooks = Some(hooks);
        self.duration = duration;
        self
    }

    /// Returns the name of the container.
    pub fn container(&self) -> &'static str {
        self.graph.name()
    }

    /// Returns the duration of the whole build, or of the whole start.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// Returns the constructors ordered by their start. Those that started together are in field order.
    pub fn timings(&self) -> Vec<Timing> {
        let mut timings: Vec<_> = self.timings.iter().flatten().copied().collect();
        timings.sort_by_key(|timing| timing.start);
        timings
    }

    /// Returns the chain of constructors that the build waited for.
    ///
    /// Each constructor started when the previous one finished; the build ended with the last. Shorten one of them to
    /// start up faster.
    pub fn critical_path(&self) -> Vec<Timing> {
        let end = |node: &usize| self.timings[*node].map(|timing| timing.end());
        let nodes = self.graph.nodes();
        let mut path = Vec::new();
        let mut last = (0..nodes.len()).filter(|node| self.timings[*node].is_some()).max_by_key(end);
        while let Some(node) = last {
            path.extend(self.timings[node]);
            let built = nodes[node].dependencies().filter(|dependency| self.timings[*dependency].is_some());
            last = built.max_by_key(end);
        }
        path.reverse();
        path
    }

    /// Returns the `#[start]` hooks in the order of their start. Empty for a build without a start.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use di_core::{component, Container};
    /// # pub struct Store;
    /// # #[component]
    /// # impl Store {
    /// #     pub fn new() -> Self {
    /// #         Store
    /// #     }
    /// #
    /// #     #[start]
    /// #     async fn warm_up(&self) {}
    /// # }
    /// # #[derive(Container)]
    /// # pub struct App {
    /// #     #[component]
    /// #     store: Arc<Store>,
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let (host, report) = App::builder().start().with_report().await?;
    /// assert_eq!(report.hooks()[0].node.name(), "store");
    /// println!("{report}"); // a waterfall of constructors and `#[start]` hooks
    /// # host.stop().await
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hooks(&self) -> &[HookTiming] {
        self.hooks.as_deref().unwrap_or_default()
    }

    /// Returns the chain of `#[start]` hooks that the start waited for after the build.
    pub fn critical_hooks(&self) -> Vec<HookTiming> {
        self.critical_hook_indexes().into_iter().map(|hook| self.hooks()[hook]).collect()
    }

    fn critical_hook_indexes(&self) -> Vec<usize> {
        let hooks = self.hooks();
        let last = (0..hooks.len()).max_by_key(|hook| hooks[*hook].end());
        let mut path: Vec<_> = successors(last, |hook| hooks[*hook].after).collect();
        path.reverse();
        path
    }

    /// Returns the rows of the waterfall, constructors first.
    pub(super) fn rows(&self) -> Vec<Row> {
        let (path, critical_hooks) = (self.critical_path(), self.critical_hook_indexes());
        let constructors = self.timings().into_iter().map(|timing| Row {
            label: timing.node.id(),
            component: timing.node.component(),
            start: timing.start,
            duration: timing.duration,
            is_critical: path.iter().any(|critical| std::ptr::eq(critical.node, timing.node)),
        });
        let hooks = self.hooks().iter().enumerate().map(|(index, timing)| Row {
            label: timing.to_string(),
            component: timing.node.component(),
            start: timing.start,
            duration: timing.duration,
            is_critical: critical_hooks.contains(&index),
        });
        constructors.chain(hooks).collect()
    }

    /// Returns the summary of the report: what it covers, its duration, and the critical path.
    pub(super) fn summary(&self) -> Summary {
        let (path, hooks) = (self.critical_path(), self.critical_hooks());
        let names = path.iter().map(|timing| timing.node.id()).chain(hooks.iter().map(|timing| timing.to_string()));
        let times = path.iter().map(|timing| timing.duration).chain(hooks.iter().map(|timing| timing.duration));
        let verb = if self.hooks.is_some() { "started" } else { "built" };
        Summary { verb, path: names.collect(), path_time: times.sum() }
    }

    /// Returns the fields that were supplied or not needed.
    pub(super) fn supplied(&self) -> impl Iterator<Item = &'static Node> {
        let built = self.graph.nodes().iter().zip(&self.timings);
        built.filter(|(node, timing)| timing.is_none() && node.is_field()).map(|(node, _)| node)
    }
}

/// A row of the waterfall: a constructor or a hook.
pub(super) struct Row {
    pub(super) label: String,
    pub(super) component: &'static str,
    pub(super) start: Duration,
    pub(super) duration: Duration,
    pub(super) is_critical: bool,
}

/// The summary of a report.
pub(super) struct Summary {
    /// `built` or `started`.
    pub(super) verb: &'static str,
    /// Labels of the constructors and hooks on the critical path.
    pub(super) path: Vec<String>,
    pub(super) path_time: Duration,
}

/// Width of the bars, in characters.
const WIDTH: usize = 40;

impl fmt::Display for BuildReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary { verb, path, path_time } = self.summary();
        write!(f, "{verb} `{}` in {}", self.container(), format_duration(self.duration))?;
        write!(f, "; the critical path takes {}: {}", format_duration(path_time), path.join(" -> "))?;
        let rows = self.rows();
        let labels = rows.iter().map(|row| row.label.chars().count());
        let longest = labels.chain(self.supplied().map(|node| node.id().chars().count())).max().unwrap_or(0);
        for node in self.supplied() {
            write!(f, "\n  {:longest$}  supplied, or not needed", node.id())?;
        }
        let whole = self.duration.as_secs_f64().max(f64::MIN_POSITIVE);
        let column = |time: Duration| ((time.as_secs_f64() / whole * WIDTH as f64).round() as usize).min(WIDTH);
        for Row { label, start, duration, is_critical, .. } in rows {
            let mark = if is_critical { '*' } else { ' ' };
            let from = column(start).min(WIDTH - 1);
            let bar = "#".repeat(column(start + duration).saturating_sub(from).max(1));
            let blank = " ".repeat(from);
            let (start, duration) = (format_duration(start), format_duration(duration));
            write!(f, "\n{mark} {label:longest$}  |{:WIDTH$}| {start:>9} + {duration:>9}", blank + &bar)?;
        }
        Ok(())
    }
}

/// Formats a duration with a unit and at least two digits.
pub(super) fn format_duration(time: Duration) -> String {
    match time.as_micros() {
        micros @ 0..10_000 => format!("{micros} us"),
        micros @ 10_000..10_000_000 => format!("{} ms", micros / 1_000),
        micros => format!("{} s", micros / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Constructor, NodeKind};

    fn report(dependencies: &[&'static [usize]], times: &[Option<(u64, u64)>]) -> BuildReport {
        const NAMES: [&str; 5] = ["config", "quick", "slow", "after_quick", "after_both"];
        let node = |(at, &list): (usize, &&'static [usize])| {
            Node::new(NAMES[at], "T", NodeKind::Component, "T", Constructor::new(list), 1)
        };
        let nodes: Vec<_> = dependencies.iter().enumerate().map(node).collect();
        let graph: &'static Graph = Box::leak(Box::new(Graph::new("App", "app.rs", nodes.leak())));
        let timing = |node, (start, duration)| Timing {
            node,
            start: Duration::from_millis(start),
            duration: Duration::from_millis(duration),
        };
        let timings = times.iter().zip(graph.nodes()).map(|(time, node)| time.map(|time| timing(node, time))).collect();
        BuildReport::new(graph, timings, Duration::from_millis(105))
    }

    #[test]
    fn the_critical_path_has_the_constructors_that_the_build_waited_for() {
        let dependencies: [&[usize]; 5] = [&[], &[0], &[0], &[1], &[2, 3]];
        let times = [None, Some((0, 10)), Some((0, 100)), Some((10, 70)), Some((100, 5))];
        let report = report(&dependencies, &times);
        let path: Vec<_> = report.critical_path().iter().map(|timing| timing.node.name()).collect();
        assert_eq!(path, ["slow", "after_both"]);
        assert_eq!(
            report.to_string(),
            "built `App` in 105 ms; the critical path takes 105 ms: slow -> after_both\n  \
             config       supplied, or not needed\n  \
             quick        |####                                    |      0 us +     10 ms\n\
             * slow         |######################################  |      0 us +    100 ms\n  \
             after_quick  |    ##########################          |     10 ms +     70 ms\n\
             * after_both   |                                      ##|    100 ms +   5000 us"
        );
    }

    #[test]
    fn an_empty_build_has_an_empty_path() {
        let report = report(&[&[]], &[None]);
        assert!(report.critical_path().is_empty() && report.timings().is_empty());
        assert!(report.to_string().contains("config"));
    }
}
