use std::fmt;

use crate::report::location;
use crate::schedule::{Key, LANE};
use crate::sim::{Ran, described_starts};

/// A choice that was not the default, and without which the failure does not come. Its text is a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    step: Option<usize>,
    text: String,
}

impl Choice {
    /// The sentence for each departure of a run, in the order in which they were made.
    pub(crate) fn of_run(ran: &Ran) -> Vec<Choice> {
        let departures = ran.departures.iter().enumerate().filter(|(_, (key, _))| key.is_choice());
        let in_step = |at: usize| ran.trace.iter().rposition(|step| step.departures <= at).map(|step| step + 1);
        departures.map(|(at, (key, value))| Choice::new(in_step(at), key, *value, ran)).collect()
    }

    fn new(step: Option<usize>, key: &Key, value: u32, ran: &Ran) -> Choice {
        let name = |task: u32| name(ran, task);
        let text = match *key {
            Key::Run { first, .. } => format!("ran {} before {}", name(value), name(first)),
            Key::Hold { task, .. } => format!("held {} back as long as another was ready", name(task)),
            Key::Preempt { task, at } => {
                let operations = match at.operation {
                    0 => String::new(),
                    1 => ", after one operation".to_owned(),
                    more => format!(", after {more} operations"),
                };
                match ran.preemptions.iter().find(|(at, _)| at == key).and_then(|(_, stack)| location(stack)) {
                    Some(place) => format!("preempted {} at {place}{operations}", name(task)),
                    None => format!("preempted {}{operations}", name(task)),
                }
            }
            Key::Choose { task, at } => format!("chose {value} for {}, in its choice number {}", name(task), at + 1),
            Key::Decide { .. } | Key::Cut { .. } => {
                let decided = ran.decisions.iter().find(|(at, _)| at == key);
                decided.map_or_else(|| "a fake did something unusual".to_owned(), |(_, sentence)| sentence.clone())
            }
            Key::Cancel { task, at } => {
                format!("dropped the future of {} in `cancel_anywhere`, at its await number {}", name(task), at + 1)
            }
            Key::Select { task, .. } => {
                let draws = ran.departures.iter().find(|(other, _)| *other == Key::Draws { task });
                let starts = described_starts(draws.map_or(0, |(_, draws)| *draws), value);
                format!("began `tokio::select!` of {} at {starts}", name(task))
            }
            Key::Draws { task } => format!("preempted {} after each operation", name(task)),
            Key::Probe { task, .. } => format!("polled {} without a wake, while nothing was ready", name(task)),
        };
        Choice { step, text }
    }

    /// Whether the other is the same, in another step.
    pub(crate) fn is_like(&self, other: &Choice) -> bool {
        self.text == other.text
    }

    /// The sentence alone.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The step in which it was made, from 1; none, if that is not known, as the test could not be run again.
    pub fn step(&self) -> Option<usize> {
        self.step
    }
}

/// A task's name, in quotes.
fn name(ran: &Ran, task: u32) -> String {
    if task == LANE {
        return "the tasks of `tokio::spawn`".to_owned();
    }
    match ran.tasks.get(task as usize) {
        Some(task) => format!("`{}`", task.name),
        None => format!("task {task}"),
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            Some(step) => write!(f, "step {step}  {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}
