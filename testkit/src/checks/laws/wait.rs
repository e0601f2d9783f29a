//! What happens between two polls: events, tasks, time; and whether the subject was woken of it.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::Law;
use super::case::Event;
use super::run::{Runner, Stop, soon};
use super::subject::{Breach, Step};

/// How often a subject may wake itself while nothing happens.
const MOST_SPINS: u32 = 1000;

/// How often it may be woken in vain, by events and by time.
const MOST_WAITS: u32 = 10_000;

/// How many steps the tasks behind a subject have after each event.
const BACKGROUND: u32 = 200;

/// How long is waited, on tokio's paused clock, for a timer of the subject.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// How often it is polled to see whether it is ready, once nothing is left that could happen: it may need several polls.
const LAST_PROBES: u32 = 8;

impl Runner<'_> {
    /// Waits until the subject is woken. Returns what it has come to, if a poll that was to find that out has done more.
    pub(super) fn wait(&mut self) -> Result<Option<Step>, Stop> {
        self.waits += 1;
        if self.waits > MOST_WAITS {
            let seen = format!("it has been woken {MOST_WAITS} times as time passed, and has come to nothing");
            self.judge(Breach::new(Law::Finishes, seen))?;
            return Err(Stop::Allowed);
        }
        let mut has_happened = self.has_raced;
        loop {
            self.background();
            if self.waker.is_woken() {
                return self.spin().map(|()| None);
            }
            if has_happened {
                if let Some(step) = self.probe()? {
                    return Ok(Some(step));
                }
                has_happened = false;
                continue;
            }
            self.spins = 0;
            if let Some(event) = self.case.events.pop_front() {
                self.happen(event);
                has_happened = true;
            } else if self.let_time_pass() {
                return Ok(None);
            } else {
                return self.last_probes();
            }
        }
    }

    /// It was woken, which it may have done itself.
    fn spin(&mut self) -> Result<(), Stop> {
        self.spins += 1;
        if self.spins <= MOST_SPINS {
            return Ok(());
        }
        self.judge(Breach::new(
            Law::Rests,
            format!("it has woken itself {MOST_SPINS} times, and nothing else happened"),
        ))?;
        Err(Stop::Allowed)
    }

    /// Nothing is left that could happen. It may have been ready before it was polled, for want of a poll; or a poll has it
    /// begin something, which is to go on then.
    fn last_probes(&mut self) -> Result<Option<Step>, Stop> {
        let waiting = self.waker.name();
        let is_left = self.wakers().any(|waker| waker.is_kept());
        for _ in 0..LAST_PROBES {
            if let Some(step) = self.probe()? {
                return Ok(Some(step));
            }
            self.background();
            if self.waker.is_woken() || !is_left && self.waker.is_kept() && self.let_time_pass() {
                if !is_left {
                    let seen = format!(
                        "nobody had a clone of waker {waiting}: nothing could have woken it; and it goes on where it is \
                         polled even so"
                    );
                    self.judge(Breach::new(Law::LeavesWaker, seen))?;
                }
                return Ok(None);
            }
        }
        if self.waker.is_kept() && soon(|| self.waker.is_woken()) {
            return Ok(None);
        }
        self.judge(Breach::new(Law::Finishes, "it is still pending, and nothing is left that could happen"))?;
        Err(Stop::Allowed)
    }

    pub(super) fn happen(&mut self, event: Event) {
        self.events += 1;
        let name = format!("event {}", self.events);
        if let Err(panic) = self.bench.watch.during(name, || catch_unwind(AssertUnwindSafe(event))) {
            self.event_panicked(&*panic);
        }
        self.background();
        let woken: Vec<_> = self.wakers().filter(|waker| waker.is_woken()).map(|waker| waker.name()).collect();
        let woken = if woken.is_empty() { "wakes nobody".to_owned() } else { format!("wakes {}", woken.join(", ")) };
        let events = self.events;
        self.bench.watch.note(|history| history.happened(format!("event {events} happens, and {woken}")));
    }

    /// Polls without a wake, to see whether there should have been one. Returns what the subject has come to, if the wake
    /// was late only.
    fn probe(&mut self) -> Result<Option<Step>, Stop> {
        let (is_kept, has_raced, events) = (self.waker.is_kept(), self.has_raced, self.events);
        let is_older_woken = self.older.iter().any(|waker| waker.is_woken());
        let before = self.waker.clone();
        let poll = self.polls() - 1;
        self.take_new_waker();
        let Poll::Ready(step) = self.poll(", to see whether it is ready")? else { return Ok(None) };
        // An event that has happened in this very poll is no wake that was missed.
        if self.has_raced || before.is_woken() || is_kept && soon(|| before.is_woken()) {
            return Ok(Some(step));
        }
        let name = before.name();
        let breach = if has_raced {
            let seen = format!(
                "event {events} happened after it had looked, and before it had left waker {name}: it was ready, and \
                 nobody woke it"
            );
            Breach::new(Law::ChecksAgain, seen)
        } else if is_older_woken {
            let seen = format!("waker {name} was its newest, and one that it was polled with before was woken");
            Breach::new(Law::KeepsNewestWaker, seen)
        } else if is_kept {
            let seen = format!("it was ready, and waker {name}, which it has left with somebody, was not woken");
            Breach::new(Law::LeavesWaker, seen)
        } else {
            let seen = format!("it was ready, and nobody had a clone of waker {name}: nothing could have woken it");
            Breach::new(Law::LeavesWaker, seen)
        };
        self.judge(breach).map_err(|stop| match stop {
            Stop::Breach(breach) if (is_kept || has_raced) && !self.case.events.is_empty() => Stop::Doubt(breach, poll),
            stop => stop,
        })?;
        Ok(Some(step))
    }

    /// Has tasks run that the subject may wait for, and looks for input and output.
    fn background(&self) {
        let metrics = self.runtime.metrics();
        self.bench.watch.during("a task that it has spawned", || {
            for _ in 0..BACKGROUND {
                self.runtime.block_on(tokio::task::yield_now());
                if metrics.num_alive_tasks() == 0 || self.waker.is_woken() {
                    return;
                }
            }
        });
    }

    /// Lets time pass until the subject is woken. Tells whether it was.
    fn let_time_pass(&mut self) -> bool {
        let waker = self.waker.clone();
        let passing = || {
            self.runtime.block_on(async {
                let mut day = pin!(tokio::time::sleep(DAY));
                let woken = poll_fn(|context| {
                    waker.wait(Some(context.waker().clone()));
                    if waker.is_woken() { Poll::Ready(true) } else { day.as_mut().poll(context).map(|()| false) }
                });
                woken.await
            })
        };
        let is_woken = self.bench.watch.during("a task that it has spawned, in a day of virtual time,", passing);
        waker.wait(None);
        if is_woken {
            let what = format!("time passes, and wakes {}", waker.name());
            self.bench.watch.note(|history| history.happened(what));
        }
        is_woken
    }
}
