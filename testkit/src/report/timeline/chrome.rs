//! Chrome's trace event format. Source: "Trace Event Format", Google, the sections on duration, flow, instant and metadata
//! events.

use std::collections::BTreeMap;

use di_core::html::json_quoted;

use super::story::{Poll, Story};
use crate::schedule::LANE;
use crate::sim::{Actor, Happening, PollResult, What};

/// The story as a trace.
pub(super) fn trace(story: &Story) -> String {
    let starts = starts(&story.polls);
    let mut trace = Trace { story, starts: &starts, events: Vec::new() };
    trace.names();
    trace.polls();
    trace.wakes();
    trace.instants();
    let events = trace.events.join(",\n");
    format!(
        "{{\"displayTimeUnit\":\"ns\",\"otherData\":{{\"failure\":{}}},\"traceEvents\":[\n{events}\n]}}\n",
        json_quoted(&format!("{}: {}", story.kind, story.headline))
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
    story: &'a Story,
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
        self.metadata("process_name", 0, &format!("\"name\":{}", json_quoted(&self.story.test)));
        let tasks = self.story.lanes.iter().map(|lane| (lane.number, format!("{} {}", lane.number, lane.name)));
        let mut threads: Vec<_> = tasks.map(|(number, name)| (self.thread(Actor::Task(number)), name)).collect();
        if self.story.polls.iter().any(|poll| poll.task == LANE) {
            threads.push((self.thread(Actor::Task(LANE)), "tokio::spawn".to_owned()));
        }
        if self.story.happenings.iter().any(|happening| happening.by == Actor::Timer) {
            threads.push((self.thread(Actor::Timer), "timers".to_owned()));
        }
        if self.story.happenings.iter().any(|happening| happening.by == Actor::Simulation) {
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
        let polls = self.story.polls.iter().zip(self.starts);
        let behind = polls.clone().rev().map(|(poll, start)| nexts.insert(poll.task, *start).unwrap_or(end));
        let behind: Vec<u128> = behind.collect();
        for ((poll, &start), next) in polls.zip(behind.into_iter().rev()) {
            let thread = self.thread(Actor::Task(poll.task));
            let args =
                format!(",\"dur\":{},\"args\":{{\"step\":{},\"poll\":{}}}", microseconds(1), poll.step, poll.number);
            self.add("X", poll.result(), "poll", thread, start, &args);
            let site = poll.site.map(|site| &self.story.sites[site]);
            let until = next.saturating_sub(start + 1);
            let goes_on = matches!(poll.result, PollResult::Pending | PollResult::Preempted) && poll.task != LANE;
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
        for (place, poll) in self.story.polls.iter().enumerate() {
            polls.entry(poll.task).or_default().push(place);
        }
        for (id, happening) in self.story.happenings.iter().enumerate() {
            let (name, task) = match happening.what {
                What::Wake { task } => ("wake", task),
                What::Spawn { task } => ("spawn", task),
                What::Abort { task } => ("abort", task),
                _ => continue,
            };
            let from = self.at(happening);
            let places = polls.get(&task).map_or(&[][..], Vec::as_slice);
            let next = places.partition_point(|&place| self.story.polls[place].step <= happening.step);
            let by = self.thread(happening.by);
            let Some(&place) = places.get(next) else {
                self.add("i", &format!("{name} {}", self.name(task)), "wake", by, from, ",\"s\":\"t\"");
                continue;
            };
            let to = self.starts[place];
            if !matches!(happening.by, Actor::Task(_)) {
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
        for happening in &self.story.happenings {
            let (name, category) = match &happening.what {
                What::Note { text } => (text.clone(), "note"),
                What::Decision { text } => (text.clone(), "decision"),
                #[cfg(feature = "tracing")]
                What::Event { level, text } => (format!("{level} {text}"), "event"),
                What::Drop { .. } => ("dropped".to_owned(), "task"),
                What::Wake { .. } | What::Spawn { .. } | What::Abort { .. } => continue,
            };
            self.add("i", &name, category, self.thread(happening.by), self.at(happening), ",\"s\":\"t\"");
        }
        for choice in &self.story.choices {
            let place = self.story.polls.iter().position(|poll| Some(poll.step) == choice.step());
            if let Some(place) = place {
                self.add("i", choice.text(), "choice", 0, self.starts[place], ",\"s\":\"p\"");
            }
        }
    }

    /// When something happened: in the poll of its step, or at its own time behind that.
    fn at(&self, happening: &Happening) -> u128 {
        let place = self.story.polls.partition_point(|poll| poll.step < happening.step);
        let own = happening.time.as_nanos();
        match self.story.polls.get(place).filter(|poll| poll.step == happening.step) {
            Some(_) if !happening.is_between => self.starts[place],
            Some(_) => own.max(self.starts[place] + 1),
            None => own,
        }
    }

    /// The thread that stands for a task, or for what else wakes tasks.
    fn thread(&self, actor: Actor) -> u64 {
        let behind = self.story.lanes.last().map_or(1, |lane| u64::from(lane.number) + 2);
        match actor {
            Actor::Task(LANE) => behind,
            Actor::Task(number) => u64::from(number) + 1,
            Actor::Timer => behind + 1,
            Actor::Simulation => behind + 2,
        }
    }

    fn name(&self, task: u32) -> String {
        let lane = self.story.lanes.binary_search_by_key(&task, |lane| lane.number);
        lane.map_or_else(|_| task.to_string(), |lane| self.story.lanes[lane].name.clone())
    }

    /// Virtual time at the end, behind the last poll.
    fn end(&self) -> u128 {
        self.story.end.as_nanos().max(self.starts.last().map_or(0, |last| last + 2))
    }
}

/// Nanoseconds as microseconds. Perfetto reads them as a binary fraction, and cuts off what is no whole nanosecond: a fifth of
/// one more keeps it from cutting one too many.
fn microseconds(nanoseconds: u128) -> String {
    format!("{}.{:03}2", nanoseconds / 1_000, nanoseconds % 1_000)
}
