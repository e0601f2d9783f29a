//! Chrome's trace event format, as specified by "Trace Event Format" (Google), in the sections on duration, flow,
//! instant and metadata events.

use std::collections::BTreeMap;

use di_core::html::json_quoted;

use super::model::{Lane, Poll, TimelineModel};
use crate::schedule::RAW_TASKS;
use crate::trace::{Actor, Event, PollResult, RecordedEvent};

/// Formats the timeline as a trace.
pub(super) fn trace(model: &TimelineModel) -> String {
    let starts = starts(&model.polls);
    let mut processes = BTreeMap::new();
    for host in model.lanes.iter().filter_map(|lane| lane.host.as_deref()) {
        let next = processes.len() as u64 + 2;
        processes.entry(host).or_insert(next);
    }
    let mut trace = Trace { model, starts: &starts, processes, events: Vec::new() };
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

/// Returns the start of each poll in nanoseconds. Each poll takes one nanosecond, so polls at the same instant follow
/// each other.
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
    /// Start of each poll, by its index.
    starts: &'a [u128],
    /// Numbers of the hosts' processes, from 2. Process 1 is the host `main`.
    processes: BTreeMap<&'a str, u64>,
    events: Vec<String>,
}

impl Trace<'_> {
    /// Adds an event of a thread. `at` is in nanoseconds, `more` holds further fields.
    fn add(&mut self, phase: &str, name: &str, category: &str, thread: u64, at: u128, more: &str) {
        self.events.push(format!(
            "{{\"ph\":\"{phase}\",\"name\":{},\"cat\":\"{category}\",\"pid\":{},\"tid\":{thread},\"ts\":{}{more}}}",
            json_quoted(name),
            self.process(thread),
            microseconds(at)
        ));
    }

    fn metadata(&mut self, name: &str, thread: u64, args: &str) {
        self.events.push(format!(
            "{{\"ph\":\"M\",\"name\":\"{name}\",\"pid\":{},\"tid\":{thread},\"ts\":0,\"args\":{{{args}}}}}",
            self.process(thread)
        ));
    }

    /// Adds the names of the processes and of their threads.
    fn names(&mut self) {
        self.metadata("process_name", 0, &format!("\"name\":{}", json_quoted(&self.model.test)));
        for (host, process) in &self.processes {
            let name = json_quoted(&format!("host {host}"));
            self.events.push(format!(
                "{{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":{process},\"tid\":0,\"ts\":0,\"args\":{{\"name\":{name}}}}}"
            ));
        }
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

    /// Adds a slice for each poll, and one for the wait until the next poll of the task.
    fn polls(&mut self) {
        let (mut next_starts, end) = (BTreeMap::new(), self.end());
        let polls = self.model.polls.iter().zip(self.starts);
        let wait_ends = polls.clone().rev().map(|(poll, start)| next_starts.insert(poll.task, *start).unwrap_or(end));
        let wait_ends: Vec<u128> = wait_ends.collect();
        for ((poll, &start), wait_end) in polls.zip(wait_ends.into_iter().rev()) {
            let thread = self.thread(Actor::Task(poll.task));
            let args =
                format!(",\"dur\":{},\"args\":{{\"step\":{},\"poll\":{}}}", microseconds(1), poll.step, poll.number);
            self.add("X", poll.result(), "poll", thread, start, &args);
            let site = poll.site.map(|site| &self.model.sites[site]);
            let wait = wait_end.saturating_sub(start + 1);
            let continues =
                matches!(poll.result, PollResult::Pending | PollResult::Preempted) && poll.task != RAW_TASKS;
            if continues && wait > 0 {
                let label = site.map_or_else(|| "no waker registered".to_owned(), |site| site.label());
                let name = if poll.result == PollResult::Preempted { "preempted".to_owned() } else { label };
                let primitive = site.and_then(|site| site.primitive.as_deref()).unwrap_or_default();
                let stack = site.map(|site| {
                    site.frames.iter().map(|frame| format!("{} {}", frame.place, frame.function)).collect::<Vec<_>>()
                });
                let args = format!(
                    ",\"dur\":{},\"args\":{{\"waits in\":{},\"stack\":{}}}",
                    microseconds(wait),
                    json_quoted(primitive),
                    json_quoted(&stack.unwrap_or_default().join(" <- "))
                );
                self.add("X", &name, "wait", thread, start + 1, &args);
            }
        }
    }

    /// Adds a flow for each wake, from the poll that caused it to the next poll of the woken task.
    fn wakes(&mut self) {
        // Indices of each task's polls, in order.
        let mut polls: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (index, poll) in self.model.polls.iter().enumerate() {
            polls.entry(poll.task).or_default().push(index);
        }
        for (id, event) in self.model.events.iter().enumerate() {
            let (name, task) = match event.event {
                Event::Wake { task } => ("wake", task),
                Event::Spawn { task } => ("spawn", task),
                Event::Abort { task } => ("abort", task),
                _ => continue,
            };
            let from = self.at(event);
            let indices = polls.get(&task).map_or(&[][..], Vec::as_slice);
            let next = indices.partition_point(|&index| self.model.polls[index].step <= event.step);
            let by = self.thread(event.by);
            let Some(&index) = indices.get(next) else {
                self.add("i", &format!("{name} {}", self.name(task)), "wake", by, from, ",\"s\":\"t\"");
                continue;
            };
            let to = self.starts[index];
            if !matches!(event.by, Actor::Task(_)) {
                // A flow must begin in a slice.
                let dur = format!(",\"dur\":{}", microseconds(1));
                self.add("X", &format!("{name} {}", self.name(task)), "wake", by, from, &dur);
            }
            self.add("s", name, "wake", by, from, &format!(",\"id\":{id}"));
            self.add("f", name, "wake", self.thread(Actor::Task(task)), to, &format!(",\"id\":{id},\"bp\":\"e\""));
        }
    }

    /// Adds an instant for each note, decision of a fake, tracing event, dropped task, event of a host or packet, and choice
    /// of the schedule.
    fn instants(&mut self) {
        for event in &self.model.events {
            let (name, category) = match &event.event {
                Event::Note { text } => (text.clone(), "note"),
                Event::Decision { text } => (text.clone(), "decision"),
                #[cfg(feature = "tracing")]
                Event::Tracing { level, text } => (format!("{level} {text}"), "event"),
                Event::Crash { host } => (format!("host `{host}` crashed"), "host"),
                Event::Restart { host } => (format!("host `{host}` restarted"), "host"),
                Event::Sent { packet, to, text, .. } => (format!("packet {packet} to `{to}`: {text}"), "packet"),
                Event::Arrived { packet } => (format!("packet {packet} arrived"), "packet"),
                Event::Drop { .. } => ("dropped".to_owned(), "task"),
                Event::Wake { .. } | Event::Spawn { .. } | Event::Abort { .. } => continue,
            };
            self.add("i", &name, category, self.thread(event.by), self.at(event), ",\"s\":\"t\"");
        }
        for choice in &self.model.choices {
            let index = self.model.polls.iter().position(|poll| Some(poll.step) == choice.step());
            if let Some(index) = index {
                self.add("i", choice.text(), "choice", 0, self.starts[index], ",\"s\":\"p\"");
            }
        }
    }

    /// Returns the time of an event: that of the poll in which it occurred, or its own time after that poll.
    fn at(&self, event: &RecordedEvent) -> u128 {
        let index = self.model.polls.partition_point(|poll| poll.step < event.step);
        let time = event.time.as_nanos();
        match self.model.polls.get(index).filter(|poll| poll.step == event.step) {
            Some(_) if !event.is_between => self.starts[index],
            Some(_) => time.max(self.starts[index] + 1),
            None => time,
        }
    }

    /// Returns the process of a thread: the host of its task.
    fn process(&self, thread: u64) -> u64 {
        let number = thread.checked_sub(1).and_then(|number| u32::try_from(number).ok());
        let lane = number.and_then(|number| self.lane(number));
        lane.and_then(|lane| lane.host.as_deref()).map_or(1, |host| self.processes[host])
    }

    fn lane(&self, task: u32) -> Option<&Lane> {
        let index = self.model.lanes.binary_search_by_key(&task, |lane| lane.number).ok()?;
        Some(&self.model.lanes[index])
    }

    /// Returns the thread that represents a task, the timers or the simulation.
    fn thread(&self, actor: Actor) -> u64 {
        let first_free = self.model.lanes.last().map_or(1, |lane| u64::from(lane.number) + 2);
        match actor {
            Actor::Task(RAW_TASKS) => first_free,
            Actor::Task(number) => u64::from(number) + 1,
            Actor::Timer => first_free + 1,
            Actor::Simulation => first_free + 2,
        }
    }

    fn name(&self, task: u32) -> String {
        self.lane(task).map_or_else(|| task.to_string(), |lane| lane.name.clone())
    }

    /// Returns the virtual time at the end of the run, at least one nanosecond after the last poll.
    fn end(&self) -> u128 {
        self.model.end.as_nanos().max(self.starts.last().map_or(0, |last| last + 2))
    }
}

/// Formats nanoseconds as microseconds. Perfetto parses them as binary floating point and truncates to whole
/// nanoseconds, so a fifth of a nanosecond is added to prevent rounding down to the previous one.
fn microseconds(nanoseconds: u128) -> String {
    format!("{}.{:03}2", nanoseconds / 1_000, nanoseconds % 1_000)
}
