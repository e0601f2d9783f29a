//! Describes the choices of a schedule in sentences.

use super::frames::location;
use crate::executor::select_starts;
use crate::failure::{Choice, RunRecord};
use crate::schedule::{ChoiceKey, Deviation, RAW_TASKS};

/// Returns the choices of a run that deviate from the default, in the order in which they were made.
pub(crate) fn choices(record: &RunRecord) -> Vec<Choice> {
    let deviations = record.deviations.iter().enumerate().filter(|(_, deviation)| deviation.key.is_choice());
    let in_step = |at: usize| record.trace.iter().rposition(|step| step.deviations <= at).map(|step| step + 1);
    deviations.map(|(at, deviation)| Choice::new(in_step(at), describe(deviation, record))).collect()
}

fn describe(&Deviation { key, value }: &Deviation, record: &RunRecord) -> String {
    let name = |task: u32| name(record, task);
    match key {
        ChoiceKey::Run { first, .. } => format!("ran {} before {}", name(value), name(first)),
        ChoiceKey::Hold { task, .. } => format!("delayed {} while another task was ready", name(task)),
        ChoiceKey::Preempt { task, at } => {
            let operations = match at.operation {
                0 => String::new(),
                1 => ", after one operation".to_owned(),
                count => format!(", after {count} operations"),
            };
            let preemption = record.preemptions.iter().find(|preemption| preemption.key == key);
            match preemption.and_then(|preemption| location(&preemption.stack)) {
                Some(place) => format!("preempted {} at {place}{operations}", name(task)),
                None => format!("preempted {}{operations}", name(task)),
            }
        }
        ChoiceKey::Choose { task, index } => format!("chose {value} for choice {} of {}", index + 1, name(task)),
        ChoiceKey::Decide { .. } | ChoiceKey::ShortTransfer { .. } => {
            let decision = record.decisions.iter().find(|decision| decision.key == key);
            decision.map_or_else(|| "a fake deviated from its default".to_owned(), |decision| decision.text.clone())
        }
        ChoiceKey::Cancel { task, index } => {
            format!("dropped the future of {} in `cancel_anywhere`, at choice {}", name(task), index + 1)
        }
        ChoiceKey::Select { task, .. } => {
            let limit = ChoiceKey::SelectLimit { task };
            let limit = record.deviations.iter().find(|other| other.key == limit);
            let starts = select_starts(limit.map_or(0, |limit| limit.value), value);
            format!("started `tokio::select!` of {} at {starts}", name(task))
        }
        ChoiceKey::SelectLimit { task } => format!("preempted {} after each operation", name(task)),
    }
}

/// Returns the name of a task, in backquotes.
fn name(record: &RunRecord, task: u32) -> String {
    if task == RAW_TASKS {
        return "the `tokio::spawn` tasks".to_owned();
    }
    match record.tasks.get(task as usize) {
        Some(task) => format!("`{}`", task.name),
        None => format!("task {task}"),
    }
}
