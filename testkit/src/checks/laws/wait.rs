//! Events, tasks and time between two polls, and whether they woke the subject.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::Law;
use super::case::Event;
use super::runner::{Flow, Runner, Stop, holds_soon};
use super::subject::{Step, Violation};

/// Maximum number of times that a subject may wake itself while nothing happens.
const MAX_SPINS: u32 = 1000;

/// Maximum number of times that a subject may be woken, by events and time, without completing an operation.
const MAX_WAITS: u32 = 10_000;

/// Maximum number of steps of background tasks after each event.
const MAX_BACKGROUND_STEPS: u32 = 200;

/// Maximum virtual time to wait for a timer of the subject, on tokio's paused clock.
const MAX_TIMER_WAIT: Duration = Duration::from_secs(24 * 3600);

/// Maximum number of spurious polls (polls without a wake) after everything has happened. A subject may need several.
const MAX_LAST_PROBES: u32 = 8;

impl Runner<'_> {
    /// Waits until the subject is woken. Returns the completed step if a spurious poll already completed one.
    pub(super) fn wait(&mut self) -> Flow<Option<Step>> {
        self.waits += 1;
        if self.waits > MAX_WAITS {
            let observation = format!("it was woken {MAX_WAITS} times as time passed, without a result");
            self.report(Violation::new(Law::Finishes, observation))?;
            return Flow::Break(Stop::Allowed);
        }
        let mut has_happened = self.has_raced;
        loop {
            self.run_background();
            if self.waker.is_woken() {
                self.spin()?;
                return Flow::Continue(None);
            }
            if has_happened {
                if let Some(step) = self.probe()? {
                    return Flow::Continue(Some(step));
                }
                has_happened = false;
                continue;
            }
            self.spins = 0;
            if let Some(event) = self.case.events.pop_front() {
                self.happen(event);
                has_happened = true;
            } else if self.let_time_pass() {
                return Flow::Continue(None);
            } else {
                return self.last_probes();
            }
        }
    }

    /// Counts a wake, which the subject may have caused itself.
    fn spin(&mut self) -> Flow<()> {
        self.spins += 1;
        if self.spins <= MAX_SPINS {
            return Flow::Continue(());
        }
        self.report(Violation::new(
            Law::Rests,
            format!("it woke itself {MAX_SPINS} times while nothing else happened"),
        ))?;
        Flow::Break(Stop::Allowed)
    }

    /// Polls the subject after everything has happened. A missed wake may have left it ready but not polled, or a poll
    /// may start something that can continue then.
    fn last_probes(&mut self) -> Flow<Option<Step>> {
        let waiting = self.waker.name();
        let could_wake = self.wakers().any(|waker| waker.has_clones());
        for _ in 0..MAX_LAST_PROBES {
            if let Some(step) = self.probe()? {
                return Flow::Continue(Some(step));
            }
            self.run_background();
            if self.waker.is_woken() || !could_wake && self.waker.has_clones() && self.let_time_pass() {
                if !could_wake {
                    let observation = format!(
                        "waker {waiting} had no clone, so nothing could have woken it, but it makes progress when \
                         polled"
                    );
                    self.report(Violation::new(Law::LeavesWaker, observation))?;
                }
                return Flow::Continue(None);
            }
        }
        if self.waker.has_clones() && holds_soon(|| self.waker.is_woken()) {
            return Flow::Continue(None);
        }
        self.report(Violation::new(Law::Finishes, "it is still pending after everything has happened"))?;
        Flow::Break(Stop::Allowed)
    }

    /// Makes an event happen, and records which wakers it wakes.
    pub(super) fn happen(&mut self, event: Event) {
        self.events += 1;
        let name = format!("event {}", self.events);
        if let Err(panic) = self.check.watchdog.observe(name, || catch_unwind(AssertUnwindSafe(event))) {
            self.event_panicked(&*panic);
        }
        self.run_background();
        let woken: Vec<_> = self.wakers().filter(|waker| waker.is_woken()).map(|waker| waker.name()).collect();
        let woken = if woken.is_empty() { "wakes no waker".to_owned() } else { format!("wakes {}", woken.join(", ")) };
        let events = self.events;
        self.check.watchdog.record(|history| history.event(format!("event {events} happens and {woken}")));
    }

    /// Makes a spurious poll to see whether the subject should have been woken. Returns the completed step if the wake
    /// was only late.
    fn probe(&mut self) -> Flow<Option<Step>> {
        let (had_clones, has_raced, events) = (self.waker.has_clones(), self.has_raced, self.events);
        let is_older_woken = self.older.iter().any(|waker| waker.is_woken());
        let before = self.waker.clone();
        let poll = self.polls() - 1;
        self.replace_waker();
        let Poll::Ready(step) = self.poll(", to see whether it is ready")? else {
            return Flow::Continue(None);
        };
        // An event during this poll does not prove a missed wake.
        if self.has_raced || before.is_woken() || had_clones && holds_soon(|| before.is_woken()) {
            return Flow::Continue(Some(step));
        }
        let name = before.name();
        let violation = if has_raced {
            let observation = format!(
                "event {events} happened after its check and before it stored waker {name}: it was ready, but was not \
                 woken"
            );
            Violation::new(Law::ChecksAgain, observation)
        } else if is_older_woken {
            let observation = format!("waker {name} was its latest, but an earlier waker was woken");
            Violation::new(Law::KeepsNewestWaker, observation)
        } else if had_clones {
            let observation = format!("it was ready, but waker {name}, which it had stored, was not woken");
            Violation::new(Law::LeavesWaker, observation)
        } else {
            let observation = format!("it was ready, but waker {name} had no clone, so nothing could have woken it");
            Violation::new(Law::LeavesWaker, observation)
        };
        match self.report(violation) {
            Flow::Break(Stop::Violation(violation)) if (had_clones || has_raced) && !self.case.events.is_empty() => {
                Flow::Break(Stop::PossibleViolation { violation, poll })
            }
            Flow::Break(stop) => Flow::Break(stop),
            Flow::Continue(()) => Flow::Continue(Some(step)),
        }
    }

    /// Runs tasks that the subject may wait for, and drives IO.
    fn run_background(&self) {
        let metrics = self.runtime.metrics();
        self.check.watchdog.observe("a task that it spawned", || {
            for _ in 0..MAX_BACKGROUND_STEPS {
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
                let mut timeout = pin!(tokio::time::sleep(MAX_TIMER_WAIT));
                let woken = poll_fn(|context| {
                    waker.link(Some(context.waker().clone()));
                    if waker.is_woken() { Poll::Ready(true) } else { timeout.as_mut().poll(context).map(|()| false) }
                });
                woken.await
            })
        };
        let is_woken = self.check.watchdog.observe("a task that it spawned, in a day of virtual time,", passing);
        waker.link(None);
        if is_woken {
            let text = format!("time passes and wakes {}", waker.name());
            self.check.watchdog.record(|history| history.event(text));
        }
        is_woken
    }
}
