//! Chrome's trace event format. Source: "Trace Event Format", Google, the sections on duration, flow, instant and metadata
//! events.

use std::collections::BTreeMap;

use di_core::html::json_quoted;

use super::model::{Poll, TimelineModel};
use crate::schedule::RAW_TASKS;
use crate::trace::{Actor, Event, PollResult, RecordedEvent};

/// The story as a trace.
pub(super) fn trace(model: &TimelineModel) -> String {
    let starts = starts(&model.polls);
    let mut trace = Trace { model, starts: &starts, events: Vec::new() };
    trace.names();
    trace.polls();
    trace.wakes();
    trace.instants();
    let events = trace.events.join(",\n");
    format!(
        "{{\"displayTimeUnit\":\"ns\",\"otherData\":{{\"failure\":{}}},\"traceEvents\":[\n{events}\n]}}\n",
        json_quoted(&format!("{}: {}", model.kind, model.headline))
    )
}

/// When each poll begins, in nanoseconds. Each takes one, so that those of the same instant stand one behind the other.
fn starts(polls: &[Poll]) -> Vec<u128> {
    let mut next = 0;
    polls
        .iter()
        .map(|poll| {
            let start = poll.time.as_nanos().max(next);
            next = start + 1;
            start
        })
        .collect()
}

struct Trace<'a> {
    model: &'a TimelineModel,
    /// By the place of the poll.
    starts: &'a [u128],
    events: Vec<String>,
}

impl Trace<'_> {
    /// Adds an event of a thread, at a time in nanoseconds, with further fields.
    fn add(&mut self, phase: &str, name: &str, category: &str, thread: u64, at: u128, more: &str) {
        self.events.push(format!(
            "{{\"ph\":\"{phase}\",\"name\":{},\"cat\":\"{category}\",\"pid\":1,\"tid\":{thread},\"ts\":{}{more}}}",
            json_quoted(name),
            microseconds(at)
        ));
    }

    fn metadata(&mut self, name: &str, thread: u64, args: &str) {
        self.events.push(format!(
            "{{\"ph\":\"M\",\"name\":\"{name}\",\"pid\":1,\"tid\":{thread},\"ts\":0,\"args\":{{{args}}}}}"
        ));
    }

    fn names(&mut self) {
        self.metadata("process_name", 0, &format!("\"name\":{}", json_quoted(&self.model.test)));
        let tasks = self.model.lanes.iter().map(|lane| (lane.number, format!("{} {}", lane.number, lane.name)));
        let mut threads: Vec<_> = tasks.map(|(number, name)| (self.thread(Actor::Task(number)), name)).collect();
        if self.model.polls.iter().any(|poll| poll.task == RAW_TASKS) {
            threads.push((self.thread(Actor::Task(RAW_TASKS)), "tokio::spawn".to_owned()));
        }
        if self.model.events.iter().any(|event| event.by == Actor::Timer) {
            threads.push((self.thread(Actor::Timer), "timers".to_owned()));
        }
        if self.model.events.iter().any(|event| event.by == Actor::Simulation) {
            threads.push((self.thread(Actor::Simulation), "simulation".to_owned()));
        }
        for (thread, name) in threads {
            self.metadata("thread_name", thread, &format!("\"name\":{}", json_quoted(&name)));
            self.metadata("thread_sort_index", thread, &format!("\"sort_index\":{thread}"));
        }
    }

    /// A slice for each poll, and one for the wait behind it, until the next poll of the task.
    fn polls(&mut self) {
        let (mut nexts, end) = (BTreeMap::new(), self.end());
        let polls = self.model.polls.iter().zip(self.starts);
        let behind = polls.clone().rev().map(|(poll, start)| nexts.insert(poll.task, *start).unwrap_or(end));
        let behind: Vec<u128> = behind.collect();
        for ((poll, &start), next) in polls.zip(behind.into_iter().rev()) {
            let thread = self.thread(Actor::Task(poll.task));
            let args =
                format!(",\"dur\":{},\"args\":{{\"step\":{},\"poll\":{}}}", microseconds(1), poll.step, poll.number);
            self.add("X", poll.result(), "poll", thread, start, &args);
            let site = poll.site.map(|site| &self.model.sites[site]);
            let until = next.saturating_sub(start + 1);
            let goes_on = matches!(poll.result, PollResult::Pending | PollResult::Preempted) && poll.task != RAW_TASKS;
            if goes_on && until > 0 {
                let label = site.map_or_else(|| "left no waker".to_owned(), |site| site.label());
                let name = if poll.result == PollResult::Preempted { "preempted".to_owned() } else { label };
                let primitive = site.and_then(|site| site.primitive.as_deref()).unwrap_or_default();
                let stack = site.map(|site| {
                    site.frames.iter().map(|(place, function)| format!("{place} {function}")).collect::<Vec<_>>()
                });
                let args = format!(
                    ",\"dur\":{},\"args\":{{\"waits in\":{},\"stack\":{}}}",
                    microseconds(until),
                    json_quoted(primitive),
                    json_quoted(&stack.unwrap_or_default().join(" <- "))
                );
                self.add("X", &name, "wait", thread, start + 1, &args);
            }
        }
    }

    /// A flow for each wake: from the poll in which it was to the next poll of the task.
    fn wakes(&mut self) {
        // Those of one task, in their order.
        let mut polls: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (place, poll) in self.model.polls.iter().enumerate() {
            polls.entry(poll.task).or_default().push(place);
        }
        for (id, event) in self.model.events.iter().enumerate() {
            let (name, task) = match event.event {
                Event::Wake { task } => ("wake", task),
                Event::Spawn { task } => ("spawn", task),
                Event::Abort { task } => ("abort", task),
                _ => continue,
            };
            let from = self.at(event);
            let places = polls.get(&task).map_or(&[][..], Vec::as_slice);
            let next = places.partition_point(|&place| self.model.polls[place].step <= event.step);
            let by = self.thread(event.by);
            let Some(&place) = places.get(next) else {
                self.add("i", &format!("{name} {}", self.name(task)), "wake", by, from, ",\"s\":\"t\"");
                continue;
            };
            let to = self.starts[place];
            if !matches!(event.by, Actor::Task(_)) {
                // A flow begins in a slice.
                let dur = format!(",\"dur\":{}", microseconds(1));
                self.add("X", &format!("{name} {}", self.name(task)), "wake", by, from, &dur);
            }
            self.add("s", name, "wake", by, from, &format!(",\"id\":{id}"));
            self.add("f", name, "wake", self.thread(Actor::Task(task)), to, &format!(",\"id\":{id},\"bp\":\"e\""));
        }
    }

    /// An instant for each note, decision and event, for what is dropped, and for each choice of the schedule.
    fn instants(&mut self) {
        for event in &self.model.events {
            let (name, category) = match &event.event {
                Event::Note { text } => (text.clone(), "note"),
                Event::Decision { text } => (text.clone(), "decision"),
                #[cfg(feature = "tracing")]
                Event::Tracing { level, text } => (format!("{level} {text}"), "event"),
                Event::Drop { .. } => ("dropped".to_owned(), "task"),
                Event::Wake { .. } | Event::Spawn { .. } | Event::Abort { .. } => continue,
            };
            self.add("i", &name, category, self.thread(event.by), self.at(event), ",\"s\":\"t\"");
        }
        for choice in &self.model.choices {
            let place = self.model.polls.iter().position(|poll| Some(poll.step) == choice.step());
            if let Some(place) = place {
                self.add("i", choice.text(), "choice", 0, self.starts[place], ",\"s\":\"p\"");
            }
        }
    }

    /// When something happened: in the poll of its step, or at its own time behind that.
    fn at(&self, event: &RecordedEvent) -> u128 {
        let place = self.model.polls.partition_point(|poll| poll.step < event.step);
        let own = event.time.as_nanos();
        match self.model.polls.get(place).filter(|poll| poll.step == event.step) {
            Some(_) if !event.is_between => self.starts[place],
            Some(_) => own.max(self.starts[place] + 1),
            None => own,
        }
    }

    /// The thread that stands for a task, or for what else wakes tasks.
    fn thread(&self, actor: Actor) -> u64 {
        let behind = self.model.lanes.last().map_or(1, |lane| u64::from(lane.number) + 2);
        match actor {
            Actor::Task(RAW_TASKS) => behind,
            Actor::Task(number) => u64::from(number) + 1,
            Actor::Timer => behind + 1,
            Actor::Simulation => behind + 2,
        }
    }

    fn name(&self, task: u32) -> String {
        let lane = self.model.lanes.binary_search_by_key(&task, |lane| lane.number);
        lane.map_or_else(|_| task.to_string(), |lane| self.model.lanes[lane].name.clone())
    }

    /// Virtual time at the end, behind the last poll.
    fn end(&self) -> u128 {
        self.model.end.as_nanos().max(self.starts.last().map_or(0, |last| last + 2))
    }
}

/// Nanoseconds as microseconds. Perfetto reads them as a binary fraction, and cuts off what is no whole nanosecond: a fifth of
/// one more keeps it from cutting one too many.
fn microseconds(nanoseconds: u128) -> String {
    format!("{}.{:03}2", nanoseconds / 1_000, nanoseconds % 1_000)
}
