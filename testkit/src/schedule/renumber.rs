use std::collections::BTreeSet;

use super::{Key, LANE, Schedule};

/// A schedule of more choices than this is not renumbered: there would be too many ways.
const MOST_CHOICES: usize = 8;

impl Schedule {
    /// The same schedule for a test that spawns one task less, in the ways that this can be: tasks go by their numbers, and
    /// those behind the missing one have others. None, where there are many choices.
    pub(crate) fn with_one_task_less(&self) -> Vec<Schedule> {
        if self.choice_count() > MOST_CHOICES {
            return Vec::new();
        }
        let mut tasks = BTreeSet::new();
        for (key, &value) in &self.departures {
            key.renumbered(value, |task| {
                tasks.insert(task);
                task
            });
        }
        // The missing one stands somewhere before `behind`, and is none of those that are named. The test itself is there.
        let is_room_before = |behind: &u32| *behind > 1 && !tasks.contains(&(behind - 1));
        let behind: Vec<u32> = tasks.iter().copied().filter(is_room_before).collect();
        behind.into_iter().map(|behind| self.renumbered(|task| task - u32::from(task >= behind))).collect()
    }

    fn renumbered(&self, mut number: impl FnMut(u32) -> u32) -> Schedule {
        let departures = self.departures.iter().map(|(key, &value)| key.renumbered(value, &mut number)).collect();
        Schedule { departures, ..self.clone() }
    }
}

impl Key {
    /// The key and its choice with other numbers of tasks.
    fn renumbered(self, value: u32, mut number: impl FnMut(u32) -> u32) -> (Key, u32) {
        let mut number = |task| if task == LANE { LANE } else { number(task) };
        match self {
            Key::Run { first, at, passed } => (Key::Run { first: number(first), at, passed }, number(value)),
            Key::Hold { task, at } => (Key::Hold { task: number(task), at }, value),
            Key::Preempt { task, at } => (Key::Preempt { task: number(task), at }, value),
            Key::Choose { task, at } => (Key::Choose { task: number(task), at }, value),
            Key::Cancel { task, at } => (Key::Cancel { task: number(task), at }, value),
            Key::Select { task, at } => (Key::Select { task: number(task), at }, value),
            Key::Draws { task } => (Key::Draws { task: number(task) }, value),
            Key::Probe { idle, task } => (Key::Probe { idle, task: number(task) }, value),
            Key::Decide { .. } | Key::Cut { .. } => (self, value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn less(text: &str) -> Vec<String> {
        let schedule: Schedule = text.parse().unwrap();
        schedule.with_one_task_less().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_tasks_behind_the_missing_one_move_up() {
        assert_eq!(less("v1:7;p3.0.0=1"), ["v1:7;p2.0.0=1"]);
        assert_eq!(less("v1:7;p3.0.0=1;p5.1.0=1"), ["v1:7;p2.0.0=1;p4.1.0=1", "v1:7;p3.0.0=1;p4.1.0=1"]);
        assert_eq!(less("v1:7;r2.0.0.0=4"), ["v1:7;r1.0.0.0=3", "v1:7;r2.0.0.0=3"]);
    }

    #[test]
    fn nobody_takes_the_place_of_another() {
        assert!(less("v1:7;p0.0.0=1;p1.0.0=1").is_empty());
        assert_eq!(less("v1:7;p0.0.0=1;p2.0.0=1;p3.0.0=1"), ["v1:7;p0.0.0=1;p1.0.0=1;p2.0.0=1"]);
        assert_eq!(less("v1:7;r2.0.0.0=l"), ["v1:7;r1.0.0.0=l"]);
        assert_eq!(less("v1:7;f3.1.0=2"), Vec::<String>::new());
    }
}
