//! Runs one subject, polled in one way.

use std::any::Any;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::internal::panic_message;

use super::case::Case;
use super::outcome::Outcome;
use super::race::Race;
use super::subject::{Step, Subject, Violation};
use super::waker::TestWaker;
use super::watchdog::Watchdog;
use super::{Broken, Law, Make};

/// Number of polls after the end.
const POLLS_AFTER_END: usize = 3;

/// Time to wait for other threads, in real time.
const THREAD_GRACE: Duration = Duration::from_millis(250);

/// Way in which a subject is polled.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Plan {
    /// Whether each poll gets a new waker.
    pub(super) has_new_wakers: bool,
    /// Number of spurious polls after each poll that returns `Pending`.
    pub(super) spurious_polls: u32,
    /// Makes an event happen between the subject's check and the storing of its waker.
    pub(super) race: Option<Race>,
    /// Drops the subject before the poll of this number.
    pub(super) drop_before: Option<usize>,
    /// Polls twice at the poll of this number, with nothing in between, to see whether that alone makes the subject
    /// ready. If that poll has a race, its event happens before.
    pub(super) poll_twice_at: Option<usize>,
    /// Selects buffer sizes and the like.
    pub(super) variant: usize,
    /// Number of operations after which an endless subject is treated as ended.
    pub(super) max_operations: usize,
}

/// State shared by all runs of a check.
pub(super) struct CheckContext<'a> {
    pub(super) make: &'a Make,
    pub(super) allowed: &'a BTreeSet<Law>,
    pub(super) watchdog: &'a Watchdog,
    /// Number of events that were blocked inside a `clone`.
    pub(super) blocked_events: Cell<u32>,
}

/// A run that broke no law before its end.
#[derive(Debug, Default)]
pub(super) struct CompletedRun {
    /// `None` if the run stopped early because the subject broke an allowed law.
    pub(super) outcome: Option<Outcome>,
    /// Number of waker clones in each poll.
    pub(super) clones: Vec<usize>,
    /// Panic message, if a poll panicked.
    pub(super) panic: Option<String>,
    /// A law that the subject broke at or after its end. A different outcome takes precedence, because it is more
    /// informative.
    pub(super) violation: Option<Violation>,
    /// Whether the second of two consecutive polls was ready.
    pub(super) is_second_poll_ready: bool,
}

/// Polls one subject as planned.
pub(super) struct Runner<'a> {
    pub(super) check: &'a CheckContext<'a>,
    pub(super) runtime: &'a Runtime,
    plan: Plan,
    subject: Box<dyn Subject>,
    pub(super) case: Case,
    /// Latest waker.
    pub(super) waker: Arc<TestWaker>,
    /// Earlier wakers that still have clones.
    pub(super) older: Vec<Arc<TestWaker>>,
    /// Number of wakers created so far.
    created_wakers: usize,
    /// Number of waker clones in each poll so far.
    clones: Vec<usize>,
    /// Number of events so far.
    pub(super) events: usize,
    /// Whether an event happened during the last poll.
    pub(super) has_raced: bool,
    /// Number of self-wakes since it last rested or completed an operation.
    pub(super) spins: u32,
    /// Number of waits since it last completed an operation.
    pub(super) waits: u32,
}

/// End of the polls of a run.
enum End {
    /// The subject completed its last operation.
    Completed,
    /// The subject reached the maximum number of operations.
    Endless,
    Dropped,
    Panicked(String),
    /// The subject broke an allowed law and cannot be polled any more.
    Allowed,
}

/// Reason to stop a run early.
pub(super) enum Stop {
    Violation(Violation),
    /// The subject was ready after the poll of this number without a wake. This is not a violation if that poll alone
    /// made it ready, such as by flushing part of a buffer: a later event of the inner subject wakes it.
    PossibleViolation {
        violation: Violation,
        poll: usize,
    },
    /// The subject was polled twice in a row.
    PolledTwice {
        is_second_ready: bool,
    },
    Panicked(String),
    /// The subject is due to be dropped.
    Dropped,
    /// The subject broke an allowed law and cannot be polled any more.
    Allowed,
}

/// Result of a part of a run: continue, or stop early.
pub(super) type Flow<T> = ControlFlow<Stop, T>;

/// Runs a new subject to its end, polled as planned.
///
/// # Errors
/// Returns the first law that the subject breaks before it ends.
pub(super) fn run(check: &CheckContext<'_>, plan: Plan, runtime: &Runtime) -> Result<CompletedRun, Broken> {
    let _entered = runtime.enter();
    check.watchdog.begin();
    let mut case = Case::default();
    let make = || (check.make)(&mut case, plan.variant);
    let subject = check.watchdog.observe("the function that makes the subject", make);
    let mut runner = Runner {
        check,
        runtime,
        plan,
        subject,
        case,
        waker: TestWaker::new(0),
        older: Vec::new(),
        created_wakers: 1,
        clones: Vec::new(),
        events: 0,
        has_raced: false,
        spins: 0,
        waits: 0,
    };
    let end = match runner.drive() {
        Flow::Continue(end) => end,
        Flow::Break(Stop::Panicked(panic)) => End::Panicked(panic),
        Flow::Break(Stop::Dropped) => End::Dropped,
        Flow::Break(Stop::Allowed) => End::Allowed,
        Flow::Break(Stop::PolledTwice { is_second_ready }) => {
            return Ok(CompletedRun { is_second_poll_ready: is_second_ready, ..CompletedRun::default() });
        }
        Flow::Break(Stop::Violation(violation)) => return Err(runner.abandon(violation)),
        Flow::Break(Stop::PossibleViolation { violation, poll }) => {
            let broken = runner.abandon(violation);
            let completed = run(check, Plan { poll_twice_at: Some(poll), ..plan }, runtime)?;
            return if completed.is_second_poll_ready { Ok(completed) } else { Err(broken) };
        }
    };
    Ok(runner.finish(end))
}

impl Runner<'_> {
    /// Polls the subject to its end.
    fn drive(&mut self) -> Flow<End> {
        let mut operations = 0;
        loop {
            self.poll_twice()?;
            let mut polled = self.poll("")?;
            for _ in 0..self.plan.spurious_polls {
                if polled.is_pending() {
                    polled = self.poll(" again, without a wake")?;
                }
            }
            let step = match polled {
                Poll::Pending => match self.wait()? {
                    Some(step) => step,
                    None => continue,
                },
                Poll::Ready(step) => step,
            };
            self.spins = 0;
            self.waits = 0;
            operations += 1;
            if step.is_last {
                return Flow::Continue(End::Completed);
            }
            if operations >= self.plan.max_operations {
                return Flow::Continue(End::Endless);
            }
        }
    }

    /// Polls once. The table of polls shows `comment` next to the action.
    pub(super) fn poll(&mut self, comment: &str) -> Flow<Poll<Step>> {
        if self.plan.drop_before == Some(self.polls()) {
            return Flow::Break(Stop::Dropped);
        }
        if self.plan.has_new_wakers && !self.clones.is_empty() {
            self.replace_waker();
        }
        self.has_raced = false;
        self.wakers().for_each(|waker| waker.rearm());
        let action = format!("{}{comment}", self.subject.action());
        let race = self.plan.race.filter(|race| race.poll == self.polls());
        let racing = race.and_then(|race| self.start_race(race.clone));
        let waker = self.waker.waker();
        let clones = self.waker.clones();
        let polled = self.check.watchdog.observe(self.subject.action(), || {
            catch_unwind(AssertUnwindSafe(|| self.subject.poll(&mut Context::from_waker(&waker))))
        });
        drop(waker);
        if let Some(racing) = racing {
            self.finish_race(racing);
        }
        self.clones.push(self.waker.clones() - clones);
        let (result, polled) = match polled {
            Err(panic) => {
                let panic = panic_text(&*panic);
                (format!("panicked: {panic}"), Flow::Break(Stop::Panicked(panic)))
            }
            Ok(Err(violation)) => {
                let stop = self.report(violation).break_value().unwrap_or(Stop::Allowed);
                ("breaks the law".to_owned(), Flow::Break(stop))
            }
            Ok(Ok(Poll::Pending)) => ("pending".to_owned(), Flow::Continue(Poll::Pending)),
            Ok(Ok(Poll::Ready(step))) => (step.result.clone(), Flow::Continue(Poll::Ready(step))),
        };
        let (name, events) = (self.waker.name(), self.events);
        self.check.watchdog.record(|history| {
            history.poll(&action, &name, &result);
            if self.has_raced {
                history.event(format!("event {events} happened while waker {name} was cloned"));
            }
        });
        polled
    }

    /// Polls twice if planned for this poll.
    fn poll_twice(&mut self) -> Flow<()> {
        if self.plan.poll_twice_at != Some(self.polls()) {
            return Flow::Continue(());
        }
        if self.plan.race.take_if(|race| race.poll == self.clones.len()).is_some()
            && let Some(event) = self.case.events.pop_front()
        {
            self.happen(event);
        }
        let is_second_ready = self.poll("")?.is_pending() && self.poll("")?.is_ready();
        Flow::Break(Stop::PolledTwice { is_second_ready })
    }

    /// Stops the run because of a violation, unless it is allowed.
    pub(super) fn report(&self, violation: Violation) -> Flow<()> {
        match self.check.first_violation([violation]) {
            Some(violation) => Flow::Break(Stop::Violation(violation)),
            None => Flow::Continue(()),
        }
    }

    /// Panics because an event, which belongs to the test, has panicked.
    pub(super) fn event_panicked(&self, panic: &(dyn Any + Send)) -> ! {
        let history = self.check.watchdog.history();
        panic!("event {} of the case panicked: {}\n{history}", self.events, panic_text(panic))
    }

    /// Returns the number of polls so far.
    pub(super) fn polls(&self) -> usize {
        self.clones.len()
    }

    /// Returns the latest waker and the earlier ones that still have clones.
    pub(super) fn wakers(&self) -> impl Iterator<Item = &Arc<TestWaker>> {
        self.older.iter().chain([&self.waker])
    }

    /// Replaces the waker with a new one.
    pub(super) fn replace_waker(&mut self) {
        let new = TestWaker::new(self.created_wakers);
        self.created_wakers += 1;
        self.older.push(std::mem::replace(&mut self.waker, new));
        self.older.retain(|waker| waker.has_clones());
    }

    /// Reports a broken law and drops the subject, ignoring any further problems.
    fn abandon(self, violation: Violation) -> Broken {
        let check = self.check;
        let broken = check.broken(violation);
        check.watchdog.observe("its drop", || _ = catch_unwind(AssertUnwindSafe(|| drop(self))));
        broken
    }

    fn poll_after_end(&mut self) -> Option<Violation> {
        self.replace_waker();
        let waker = self.waker.waker();
        let mut context = Context::from_waker(&waker);
        (0..POLLS_AFTER_END).find_map(|_| {
            let polled = self.check.watchdog.observe("a poll after its end", || {
                catch_unwind(AssertUnwindSafe(|| self.subject.after_end(&mut context)))
            });
            polled.unwrap_or_else(|panic| {
                let observation = format!("it panicked when polled after its end: {}", panic_text(&*panic));
                Some(Violation::new(Law::StaysEnded, observation))
            })
        })
    }

    /// Checks the laws about the end, and drops the subject.
    fn finish(mut self, end: End) -> CompletedRun {
        let watchdog = self.check.watchdog;
        let mut outcome = self.subject.outcome();
        outcome.is_endless = matches!(end, End::Endless);
        let is_ended = matches!(end, End::Completed);
        let at_end = if is_ended { self.subject.at_end() } else { None };
        let after_end = if is_ended { self.poll_after_end() } else { None };
        let Runner { check, runtime, subject, case, waker, older, clones, .. } = self;
        let Case { events, received, after } = case;
        let polls = clones.len();
        let after_polls = if polls == 1 { "1 poll".to_owned() } else { format!("{polls} polls") };
        let dropped = watchdog.observe("its drop", || catch_unwind(AssertUnwindSafe(|| drop(subject))));
        drop(received);
        // The remaining events happen without the subject, and may panic.
        watchdog.observe("an event after its drop", || {
            events.into_iter().for_each(|event| _ = catch_unwind(AssertUnwindSafe(event)));
        });
        let checked = watchdog.observe("the `after_drop` check", || {
            catch_unwind(AssertUnwindSafe(|| after.map(|after| after()).unwrap_or_default()))
        });
        let panicked = |failure: &str, panic: Box<dyn Any + Send>| {
            let observation = format!("dropped after {after_polls}, {failure}: {}", panic_text(&*panic));
            Violation::new(Law::SurvivesDrop, observation)
        };
        let after_drop = [
            dropped.err().map(|panic| panicked("it panicked", panic)),
            checked.err().map(|panic| panicked("the `after_drop` check failed", panic)),
            leaked_waker(older.iter().chain([&waker]), runtime),
        ];
        if after_drop.iter().any(Option::is_some) {
            watchdog.record(|history| history.event("it is dropped"));
        }
        let violations = [at_end, after_end].into_iter().chain(after_drop).flatten();
        let violation = check.first_violation(violations);
        let (outcome, panic) = match end {
            End::Allowed => (None, None),
            End::Panicked(panic) => (Some(outcome), Some(panic)),
            End::Completed | End::Endless | End::Dropped => (Some(outcome), None),
        };
        CompletedRun { outcome, clones, panic, violation, is_second_poll_ready: false }
    }
}

impl CheckContext<'_> {
    /// Creates the report on a violation in the current run.
    pub(super) fn broken(&self, Violation { law, observation }: Violation) -> Broken {
        Broken { law, observation, history: self.watchdog.history(), place: None }
    }

    /// Returns the first violation that is not allowed.
    fn first_violation(&self, violations: impl IntoIterator<Item = Violation>) -> Option<Violation> {
        violations.into_iter().find(|violation| !self.allowed.contains(&violation.law))
    }
}

/// Returns a violation if a waker still has a clone after everything was dropped. Running tasks may keep one, and other
/// threads may keep one for a moment.
fn leaked_waker<'a>(mut wakers: impl Iterator<Item = &'a Arc<TestWaker>>, runtime: &Runtime) -> Option<Violation> {
    if runtime.metrics().num_alive_tasks() > 0 {
        return None;
    }
    let leaked = wakers.find(|waker| !holds_soon(|| !waker.has_clones()))?;
    let observation = format!("waker {} still has a clone after everything was dropped", leaked.name());
    Some(Violation::new(Law::ReleasesWakers, observation))
}

/// Waits briefly for a condition that other threads may bring about. Returns whether it holds.
pub(super) fn holds_soon(holds: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    loop {
        if holds() {
            return true;
        }
        if begun.elapsed() >= THREAD_GRACE {
            return false;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Returns the message of a panic.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    panic_message(panic).unwrap_or("a non-string payload").to_owned()
}
