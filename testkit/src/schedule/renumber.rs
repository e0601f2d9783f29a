//! Adapts a schedule to a test that spawns one task fewer.

use std::collections::BTreeSet;

use super::{ChoiceKey, Deviation, RAW_TASKS, Schedule};

/// Maximum number of choices of a schedule that is renumbered. With more, there would be too many candidates.
const MAX_CHOICES: usize = 8;

impl Schedule {
    /// Returns candidates for the same schedule in a test that spawns one task fewer. Tasks after the missing one then
    /// have lower numbers. Each candidate assumes a different missing task. Returns no candidates if the schedule has
    /// many choices.
    pub(crate) fn with_one_task_fewer(&self) -> Vec<Schedule> {
        if self.choice_count() > MAX_CHOICES {
            return Vec::new();
        }
        let mut tasks = BTreeSet::new();
        for (key, &value) in &self.deviations {
            key.deviation(value).renumbered(|task| {
                tasks.insert(task);
                task
            });
        }
        // No choice refers to the missing task, so its number is in a gap that ends at `after`. It is not 0, the test
        // itself.
        let has_gap_before = |after: &u32| *after > 1 && !tasks.contains(&(after - 1));
        let after: Vec<u32> = tasks.iter().copied().filter(has_gap_before).collect();
        after.into_iter().map(|after| self.renumbered(|task| task - u32::from(task >= after))).collect()
    }

    fn renumbered(&self, mut number: impl FnMut(u32) -> u32) -> Schedule {
        let deviations = self.deviations.iter().map(|(key, &value)| {
            let Deviation { key, value } = key.deviation(value).renumbered(&mut number);
            (key, value)
        });
        let deviations = deviations.collect();
        Schedule { deviations, ..self.clone() }
    }
}

impl Deviation {
    /// Returns the deviation with task numbers replaced.
    fn renumbered(self, mut number: impl FnMut(u32) -> u32) -> Deviation {
        let mut number = |task| if task == RAW_TASKS { RAW_TASKS } else { number(task) };
        let Deviation { key, value } = self;
        match key {
            ChoiceKey::Run { first, at, passed_over } => {
                ChoiceKey::Run { first: number(first), at, passed_over }.deviation(number(value))
            }
            ChoiceKey::Hold { task, at } => ChoiceKey::Hold { task: number(task), at }.deviation(value),
            ChoiceKey::Preempt { task, at } => ChoiceKey::Preempt { task: number(task), at }.deviation(value),
            ChoiceKey::Choose { task, index } => ChoiceKey::Choose { task: number(task), index }.deviation(value),
            ChoiceKey::Cancel { task, index } => ChoiceKey::Cancel { task: number(task), index }.deviation(value),
            ChoiceKey::Select { task, at } => ChoiceKey::Select { task: number(task), at }.deviation(value),
            ChoiceKey::SelectLimit { task } => ChoiceKey::SelectLimit { task: number(task) }.deviation(value),
            ChoiceKey::Decide { .. } | ChoiceKey::ShortTransfer { .. } => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(text: &str) -> Vec<String> {
        let schedule: Schedule = text.parse().unwrap();
        schedule.with_one_task_fewer().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn tasks_after_the_missing_task_move_down() {
        assert_eq!(candidates("v1:7;p3.0.0=1"), ["v1:7;p2.0.0=1"]);
        assert_eq!(candidates("v1:7;p3.0.0=1;p5.1.0=1"), ["v1:7;p2.0.0=1;p4.1.0=1", "v1:7;p3.0.0=1;p4.1.0=1"]);
        assert_eq!(candidates("v1:7;r2.0.0.0=4"), ["v1:7;r1.0.0.0=3", "v1:7;r2.0.0.0=3"]);
    }

    #[test]
    fn no_two_tasks_get_the_same_number() {
        assert!(candidates("v1:7;p0.0.0=1;p1.0.0=1").is_empty());
        assert_eq!(candidates("v1:7;p0.0.0=1;p2.0.0=1;p3.0.0=1"), ["v1:7;p0.0.0=1;p1.0.0=1;p2.0.0=1"]);
        assert_eq!(candidates("v1:7;r2.0.0.0=l"), ["v1:7;r1.0.0.0=l"]);
        assert_eq!(candidates("v1:7;f3.1.0=2"), Vec::<String>::new());
    }
}
