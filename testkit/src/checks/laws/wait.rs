//! Events, tasks and time between two polls, and whether they woke the subject.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::Law;
use super::case::Event;
use super::run::{Runner, Stop, soon};
use super::subject::{Breach, Step};

/// Maximum number of times that a subject may wake itself while nothing happens.
const MAX_SPINS: u32 = 1000;

/// Maximum number of times that a subject may be woken, by events and time, without completing an operation.
const MAX_WAITS: u32 = 10_000;

/// Number of steps that background tasks of a subject get after each event.
const BACKGROUND_STEPS: u32 = 200;

/// Virtual time to wait for a timer of the subject, on tokio's paused clock.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Number of spurious polls after everything has happened. A subject may need several of them.
const LAST_PROBES: u32 = 8;

impl Runner<'_> {
    /// Waits until the subject is woken. Returns the completed step if a spurious poll already completed one.
    pub(super) fn wait(&mut self) -> Result<Option<Step>, Stop> {
        self.waits += 1;
        if self.waits > MAX_WAITS {
            let seen = format!("it was woken {MAX_WAITS} times as time passed, without a result");
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

    /// Counts a wake, which the subject may have caused itself.
    fn spin(&mut self) -> Result<(), Stop> {
        self.spins += 1;
        if self.spins <= MAX_SPINS {
            return Ok(());
        }
        self.judge(Breach::new(Law::Rests, format!("it woke itself {MAX_SPINS} times while nothing else happened")))?;
        Err(Stop::Allowed)
    }

    /// Polls the subject after everything has happened. A missed wake may have left it ready but not polled, or a poll
    /// may start something that can continue then.
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
                        "waker {waiting} had no clone, so nothing could have woken it, but it makes progress when \
                         polled"
                    );
                    self.judge(Breach::new(Law::LeavesWaker, seen))?;
                }
                return Ok(None);
            }
        }
        if self.waker.is_kept() && soon(|| self.waker.is_woken()) {
            return Ok(None);
        }
        self.judge(Breach::new(Law::Finishes, "it is still pending after everything has happened"))?;
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
        let woken = if woken.is_empty() { "wakes no waker".to_owned() } else { format!("wakes {}", woken.join(", ")) };
        let events = self.events;
        self.bench.watch.note(|history| history.happened(format!("event {events} happens and {woken}")));
    }

    /// Makes a spurious poll to see whether the subject should have been woken. Returns the completed step if the wake
    /// was only late.
    fn probe(&mut self) -> Result<Option<Step>, Stop> {
        let (is_kept, has_raced, events) = (self.waker.is_kept(), self.has_raced, self.events);
        let is_older_woken = self.older.iter().any(|waker| waker.is_woken());
        let before = self.waker.clone();
        let poll = self.polls() - 1;
        self.take_new_waker();
        let Poll::Ready(step) = self.poll(", to see whether it is ready")? else { return Ok(None) };
        // An event during this very poll does not prove a missed wake.
        if self.has_raced || before.is_woken() || is_kept && soon(|| before.is_woken()) {
            return Ok(Some(step));
        }
        let name = before.name();
        let breach = if has_raced {
            let seen = format!(
                "event {events} happened after its check and before it stored waker {name}: it was ready, but was not \
                 woken"
            );
            Breach::new(Law::ChecksAgain, seen)
        } else if is_older_woken {
            let seen = format!("waker {name} was its latest, but an earlier waker was woken");
            Breach::new(Law::KeepsNewestWaker, seen)
        } else if is_kept {
            let seen = format!("it was ready, but waker {name}, which it had stored, was not woken");
            Breach::new(Law::LeavesWaker, seen)
        } else {
            let seen = format!("it was ready, but waker {name} had no clone, so nothing could have woken it");
            Breach::new(Law::LeavesWaker, seen)
        };
        self.judge(breach).map_err(|stop| match stop {
            Stop::Breach(breach) if (is_kept || has_raced) && !self.case.events.is_empty() => Stop::Doubt(breach, poll),
            stop => stop,
        })?;
        Ok(Some(step))
    }

    /// Runs tasks that the subject may wait for, and drives IO.
    fn background(&self) {
        let metrics = self.runtime.metrics();
        self.bench.watch.during("a task that it spawned", || {
            for _ in 0..BACKGROUND_STEPS {
                self.runtime.block_on(tokio::task::yield_now());
                if metrics.num_alive_tasks() == 0 || self.waker.is_woken() {
                    return;
                }
            }
        });
    }

    /// Lets virtual time pass until the subject is woken. Returns whether it was.
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
        let is_woken = self.bench.watch.during("a task that it spawned, in a day of virtual time,", passing);
        waker.wait(None);
        if is_woken {
            let what = format!("time passes and wakes {}", waker.name());
            self.bench.watch.note(|history| history.happened(what));
        }
        is_woken
    }
}
