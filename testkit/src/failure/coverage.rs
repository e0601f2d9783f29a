//! Counts of the schedules of a search, and the line that shows them.

use std::fmt;

use indicatif::HumanCount;

/// Number of schedules that were run, and how many of them were distinct.
///
/// Two schedules are the same if they poll the same tasks in the same order, preempt them after the same number of
/// operations, and make the same other choices. Random numbers do not count. Up to 65,536 distinct schedules are
/// counted exactly. Beyond that, the count is an estimate with an error of about one percent, in bounded memory.
///
/// ```
/// use testkit::Explorer;
///
/// // A single task has only one order, but could be preempted.
/// let alone = Explorer::new().preempt(false);
/// let outcome = alone.run(|sim| async move { sim.sleep(std::time::Duration::from_secs(1)).await });
/// assert_eq!(outcome.coverage().distinct(), 1);
/// assert!(!outcome.coverage().is_still_growing());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    pub(crate) schedules: usize,
    pub(crate) distinct: usize,
    /// Number of new schedules among the last ones.
    pub(crate) new: usize,
    /// Number of schedules that count as the last ones.
    pub(crate) last: usize,
    pub(crate) is_estimate: bool,
    pub(crate) has_raw_tasks: bool,
    /// Whether raw tasks were alive at the end of a run.
    pub(crate) leaves_raw_tasks: bool,
    pub(crate) skipped: usize,
}

/// With fewer schedules than this, the last ones do not predict whether more would be new.
const MIN_FOR_TREND: usize = 20;

impl Coverage {
    /// Adds the schedules of another input. They count as different from those of all other inputs.
    pub(crate) fn add(&mut self, other: Coverage) {
        let Coverage { schedules, distinct, new, last, is_estimate, has_raw_tasks, leaves_raw_tasks, skipped } = other;
        self.schedules += schedules;
        self.distinct += distinct;
        self.new += new;
        self.last += last;
        self.is_estimate |= is_estimate;
        self.has_raw_tasks |= has_raw_tasks;
        self.leaves_raw_tasks |= leaves_raw_tasks;
        self.skipped = self.skipped.saturating_add(skipped);
    }

    /// Returns the number of schedules that were run.
    pub fn schedules(&self) -> usize {
        self.schedules
    }

    /// Returns the number of schedules that were skipped because the [time](crate::Explorer::time) was up.
    ///
    /// This is 0 if a schedule failed, or if only the time limits the number of schedules.
    ///
    /// ```
    /// use std::time::Duration;
    /// use testkit::Explorer;
    ///
    /// let brief = Explorer::new().schedules(1_000).time(Duration::from_millis(1));
    /// let outcome = brief.run(|_| async { std::thread::sleep(Duration::from_millis(1)) });
    /// assert_eq!(outcome.coverage().skipped(), 1_000 - outcome.schedules_run());
    /// ```
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// Returns the number of distinct schedules.
    pub fn distinct(&self) -> usize {
        self.distinct
    }

    /// Returns how many of the last tenth of the schedules were new.
    pub fn new_at_end(&self) -> usize {
        self.new
    }

    /// Returns whether new schedules still appeared at the end. If so, more schedules would cover more.
    pub fn is_still_growing(&self) -> bool {
        self.new > 0
    }

    /// Returns whether [`distinct`](Coverage::distinct) and [`new_at_end`](Coverage::new_at_end) are estimates.
    pub fn is_estimate(&self) -> bool {
        self.is_estimate
    }

    /// Returns whether raw tasks were run. tokio itself runs raw tasks, so testkit cannot reorder them.
    ///
    /// They run in the order of their wakes and are not preempted in any schedule. Tasks spawned with `tokio::spawn`
    /// are raw tasks, unless the test is run [with `cargo testkit`](crate::guide::unmodified). Even then, a task that
    /// another thread spawns on the runtime of the simulation is a raw task. The order of tasks spawned with
    /// [`Sim::spawn`](crate::Sim::spawn) or [`di_core::task`](mod@di_core::task) is always explored.
    ///
    /// ```
    /// use testkit::Explorer;
    ///
    /// let outcome = Explorer::new().run(|_| async { tokio::spawn(async {}).await.unwrap() });
    /// assert_eq!(outcome.coverage().has_raw_tasks(), !testkit::has_tokio_hooks());
    /// let outcome = Explorer::new().run(|_| async { di_core::task::spawn(async {}).await.unwrap() });
    /// assert!(!outcome.coverage().has_raw_tasks());
    /// ```
    pub fn has_raw_tasks(&self) -> bool {
        self.has_raw_tasks
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |count: usize| HumanCount(count as u64);
        let about = if self.is_estimate { "about " } else { "" };
        let are = if self.schedules == 1 { "schedule was" } else { "schedules were" };
        write!(f, "{about}{} of {} {are} distinct", count(self.distinct), count(self.schedules))?;
        if self.schedules >= MIN_FOR_TREND {
            let last = count(self.last);
            match self.new {
                0 => write!(f, "; none of the last {last} was new")?,
                1 => write!(f, "; {about}1 of the last {last} was new")?,
                new => write!(f, "; {about}{} of the last {last} were new", count(new))?,
            }
        }
        if self.skipped > 0 {
            write!(f, "; time was up before {} more", count(self.skipped))?;
        }
        if self.has_raw_tasks {
            f.write_str("; `tokio::spawn` tasks kept their order")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coverage_is_displayed_in_one_line() {
        let exact = Coverage { schedules: 200, distinct: 180, new: 9, last: 20, ..Coverage::default() };
        assert_eq!(exact.to_string(), "180 of 200 schedules were distinct; 9 of the last 20 were new");
        let saturated = Coverage { distinct: 4, new: 0, ..exact };
        assert_eq!(saturated.to_string(), "4 of 200 schedules were distinct; none of the last 20 was new");
        let few = Coverage { schedules: 6, distinct: 6, new: 1, last: 1, ..Coverage::default() };
        assert_eq!(few.to_string(), "6 of 6 schedules were distinct");
        let brief = Coverage { skipped: 1_594, ..few };
        assert_eq!(brief.to_string(), "6 of 6 schedules were distinct; time was up before 1,594 more");
        let raw = Coverage { has_raw_tasks: true, ..few };
        assert_eq!(raw.to_string(), "6 of 6 schedules were distinct; `tokio::spawn` tasks kept their order");
        let many =
            Coverage { schedules: 3_000_000, distinct: 1_200_000, new: 1, last: 300_000, is_estimate: true, ..exact };
        let text = "about 1,200,000 of 3,000,000 schedules were distinct; about 1 of the last 300,000 was new";
        assert_eq!(many.to_string(), text);
    }
}
