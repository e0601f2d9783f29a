//! Runs one subject, polled in one way.

use std::any::Any;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use super::case::Case;
use super::outcome::Outcome;
use super::race::Race;
use super::subject::{Breach, Step, Subject};
use super::waker::Watched;
use super::watch::Watch;
use super::{Broken, Law, Make};

/// Number of polls after the end.
const POLLS_AFTER_END: usize = 3;

/// Time to wait for other threads.
const GRACE: Duration = Duration::from_millis(250);

/// Way in which a subject is polled.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Plan {
    /// Uses a new waker for each poll.
    pub(super) is_fresh: bool,
    /// Number of spurious polls after each poll that returns `Pending`.
    pub(super) again: u32,
    /// Makes an event happen between the subject's check and the storing of its waker.
    pub(super) race: Option<Race>,
    /// Drops the subject before the poll of this number.
    pub(super) drop: Option<usize>,
    /// Polls twice at the poll of this number, with nothing in between, to see whether that alone makes the subject
    /// ready. If that poll has a race, its event happens before.
    pub(super) twice: Option<usize>,
    /// Selects buffer sizes and the like.
    pub(super) variant: usize,
    /// Number of operations after which an endless subject is treated as ended.
    pub(super) most: usize,
}

/// State shared by all runs of a check.
pub(super) struct Bench<'a> {
    pub(super) make: &'a Make,
    pub(super) allowed: &'a BTreeSet<Law>,
    pub(super) watch: &'a Watch,
    /// Number of events that were blocked inside a `clone`.
    pub(super) held: Cell<u32>,
}

/// Result of a run that broke no law along the way.
#[derive(Debug, Default)]
pub(super) struct Ran {
    /// `None` if the run ended early because the subject broke a law that it may break.
    pub(super) outcome: Option<Outcome>,
    /// Number of waker clones in each poll.
    pub(super) clones: Vec<usize>,
    /// Panic message, if a poll panicked.
    pub(super) panic: Option<String>,
    /// A law that it broke at or after its end. A different outcome takes precedence, as it is more informative.
    pub(super) breach: Option<Breach>,
    /// Whether the second of two consecutive polls was ready.
    pub(super) is_restless: bool,
}

pub(super) struct Runner<'a> {
    pub(super) bench: &'a Bench<'a>,
    pub(super) runtime: &'a Runtime,
    plan: Plan,
    subject: Box<dyn Subject>,
    pub(super) case: Case,
    /// Latest waker.
    pub(super) waker: Arc<Watched>,
    /// Earlier wakers that still have clones.
    pub(super) older: Vec<Arc<Watched>>,
    made_wakers: usize,
    /// Number of waker clones in each poll so far.
    clones: Vec<usize>,
    pub(super) events: usize,
    /// Whether an event happened during the last poll.
    pub(super) has_raced: bool,
    /// Number of self-wakes since it last rested or completed an operation.
    pub(super) spins: u32,
    /// Number of waits since it last completed an operation.
    pub(super) waits: u32,
}

/// Ending of the polls of a run.
enum End {
    Ended,
    /// The subject reached the maximum number of operations.
    Endless,
    Dropped,
    Panicked(String),
    /// The subject broke a law that it may break, and cannot be polled any more.
    Allowed,
}

/// Reason why a run stops.
pub(super) enum Stop {
    Breach(Breach),
    /// The subject was ready after the poll of this number without a wake. This is not a breach if that poll alone made
    /// it ready, such as by flushing part of a buffer: a later event of the inner subject wakes it.
    Doubt(Breach, usize),
    /// The subject was polled twice; the value is whether the second poll was ready.
    Twice(bool),
    Panic(String),
    /// The subject is due to be dropped.
    Dropped,
    Allowed,
}

/// Polls a subject to its end.
pub(super) fn run(bench: &Bench<'_>, plan: Plan, runtime: &Runtime) -> Result<Ran, Broken> {
    let _entered = runtime.enter();
    bench.watch.begin();
    let mut case = Case::default();
    let make = || (bench.make)(&mut case, plan.variant);
    let subject = bench.watch.during("the function that makes the subject", make);
    let mut runner = Runner {
        bench,
        runtime,
        plan,
        subject,
        case,
        waker: Watched::new(0),
        older: Vec::new(),
        made_wakers: 1,
        clones: Vec::new(),
        events: 0,
        has_raced: false,
        spins: 0,
        waits: 0,
    };
    let end = match runner.drive() {
        Ok(end) => end,
        Err(Stop::Panic(panic)) => End::Panicked(panic),
        Err(Stop::Dropped) => End::Dropped,
        Err(Stop::Allowed) => End::Allowed,
        Err(Stop::Twice(is_ready)) => return Ok(Ran { is_restless: is_ready, ..Ran::default() }),
        Err(Stop::Breach(breach)) => return Err(runner.abandon(breach)),
        Err(Stop::Doubt(breach, poll)) => {
            let broken = runner.abandon(breach);
            let ran = run(bench, Plan { twice: Some(poll), ..plan }, runtime)?;
            return if ran.is_restless { Ok(ran) } else { Err(broken) };
        }
    };
    Ok(runner.finish(end))
}

impl Runner<'_> {
    fn drive(&mut self) -> Result<End, Stop> {
        let mut operations = 0;
        loop {
            self.poll_twice()?;
            let mut polled = self.poll("")?;
            for _ in 0..self.plan.again {
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
                return Ok(End::Ended);
            }
            if operations >= self.plan.most {
                return Ok(End::Endless);
            }
        }
    }

    /// Polls once.
    pub(super) fn poll(&mut self, how: &str) -> Result<Poll<Step>, Stop> {
        if self.plan.drop == Some(self.polls()) {
            return Err(Stop::Dropped);
        }
        if self.plan.is_fresh && !self.clones.is_empty() {
            self.take_new_waker();
        }
        self.has_raced = false;
        self.wakers().for_each(|waker| waker.rearm());
        let action = format!("{}{how}", self.subject.action());
        let race = self.plan.race.filter(|race| race.poll == self.polls());
        let between = race.and_then(|race| self.hook(race.clone));
        let waker = self.waker.waker();
        let clones = self.waker.clones();
        let polled = self.bench.watch.during(self.subject.action(), || {
            catch_unwind(AssertUnwindSafe(|| self.subject.poll(&mut Context::from_waker(&waker))))
        });
        drop(waker);
        if let Some(between) = between {
            self.unhook(between);
        }
        self.clones.push(self.waker.clones() - clones);
        let (result, polled) = match polled {
            Err(panic) => {
                let panic = panic_text(&*panic);
                (format!("panicked: {panic}"), Err(Stop::Panic(panic)))
            }
            Ok(Err(breach)) => ("breaks the law".to_owned(), Err(self.judge(breach).err().unwrap_or(Stop::Allowed))),
            Ok(Ok(Poll::Pending)) => ("pending".to_owned(), Ok(Poll::Pending)),
            Ok(Ok(Poll::Ready(step))) => (step.result.clone(), Ok(Poll::Ready(step))),
        };
        let (name, events) = (self.waker.name(), self.events);
        self.bench.watch.note(|history| {
            history.poll(&action, &name, &result);
            if self.has_raced {
                history.happened(format!("event {events} happened while waker {name} was cloned"));
            }
        });
        polled
    }

    /// Polls twice if planned for this poll.
    fn poll_twice(&mut self) -> Result<(), Stop> {
        if self.plan.twice != Some(self.polls()) {
            return Ok(());
        }
        if self.plan.race.take_if(|race| race.poll == self.clones.len()).is_some()
            && let Some(event) = self.case.events.pop_front()
        {
            self.happen(event);
        }
        let is_restless = self.poll("")?.is_pending() && self.poll("")?.is_ready();
        Err(Stop::Twice(is_restless))
    }

    /// Stops the run because of a broken law, unless the law is allowed to be broken.
    pub(super) fn judge(&self, breach: Breach) -> Result<(), Stop> {
        self.bench.first_of([breach]).map_err(Stop::Breach)
    }

    /// Panics because an event, which belongs to the test, has panicked.
    pub(super) fn event_panicked(&self, panic: &(dyn Any + Send)) -> ! {
        let history = self.bench.watch.history();
        panic!("event {} of the case panicked: {}\n{history}", self.events, panic_text(panic))
    }

    /// Number of polls so far.
    pub(super) fn polls(&self) -> usize {
        self.clones.len()
    }

    pub(super) fn wakers(&self) -> impl Iterator<Item = &Arc<Watched>> {
        self.older.iter().chain([&self.waker])
    }

    pub(super) fn take_new_waker(&mut self) {
        let new = Watched::new(self.made_wakers);
        self.made_wakers += 1;
        self.older.push(std::mem::replace(&mut self.waker, new));
        self.older.retain(|waker| waker.is_kept());
    }

    /// Reports a broken law and drops the subject, ignoring any further problems.
    fn abandon(self, breach: Breach) -> Broken {
        let bench = self.bench;
        let broken = bench.broken(breach);
        bench.watch.during("its drop", || _ = catch_unwind(AssertUnwindSafe(|| drop(self))));
        broken
    }

    fn poll_after_end(&mut self) -> Option<Breach> {
        self.take_new_waker();
        let waker = self.waker.waker();
        let mut context = Context::from_waker(&waker);
        (0..POLLS_AFTER_END).find_map(|_| {
            let polled = self.bench.watch.during("a poll after its end", || {
                catch_unwind(AssertUnwindSafe(|| self.subject.after_end(&mut context)))
            });
            polled.unwrap_or_else(|panic| {
                let seen = format!("it panicked when polled after its end: {}", panic_text(&*panic));
                Some(Breach::new(Law::StaysEnded, seen))
            })
        })
    }

    /// Checks the laws about the end, and drops the subject.
    fn finish(mut self, end: End) -> Ran {
        let watch = self.bench.watch;
        let mut outcome = self.subject.outcome();
        outcome.is_endless = matches!(end, End::Endless);
        let is_ended = matches!(end, End::Ended);
        let at_end = if is_ended { self.subject.at_end() } else { None };
        let after_end = if is_ended { self.poll_after_end() } else { None };
        let Runner { bench, runtime, subject, case, waker, older, clones, .. } = self;
        let Case { events, received, after } = case;
        let polls = clones.len();
        let after_polls = if polls == 1 { "1 poll".to_owned() } else { format!("{polls} polls") };
        let dropped = watch.during("its drop", || catch_unwind(AssertUnwindSafe(|| drop(subject))));
        drop(received);
        // The remaining events happen without the subject, and may panic.
        watch.during("an event after its drop", || {
            events.into_iter().for_each(|event| _ = catch_unwind(AssertUnwindSafe(event)));
        });
        let held = watch.during("the `after_drop` check", || {
            catch_unwind(AssertUnwindSafe(|| after.map(|after| after()).unwrap_or_default()))
        });
        let panicked = |seen: &str, panic: Box<dyn Any + Send>| {
            Breach::new(Law::SurvivesDrop, format!("dropped after {after_polls}, {seen}: {}", panic_text(&*panic)))
        };
        let after_drop = [
            dropped.err().map(|panic| panicked("it panicked", panic)),
            held.err().map(|panic| panicked("the `after_drop` check failed", panic)),
            kept_waker(older.iter().chain([&waker]), runtime),
        ];
        if after_drop.iter().any(Option::is_some) {
            watch.note(|history| history.happened("it is dropped"));
        }
        let breaches = [at_end, after_end].into_iter().chain(after_drop).flatten();
        let breach = bench.first_of(breaches).err();
        let (outcome, panic) = match end {
            End::Allowed => (None, None),
            End::Panicked(panic) => (Some(outcome), Some(panic)),
            End::Ended | End::Endless | End::Dropped => (Some(outcome), None),
        };
        Ran { outcome, clones, panic, breach, is_restless: false }
    }
}

impl Bench<'_> {
    pub(super) fn broken(&self, Breach { law, seen }: Breach) -> Broken {
        Broken { law, seen, history: self.watch.history(), place: None }
    }

    /// Returns the first breach of a law that may not be broken.
    fn first_of(&self, breaches: impl IntoIterator<Item = Breach>) -> Result<(), Breach> {
        breaches.into_iter().find(|breach| !self.allowed.contains(&breach.law)).map_or(Ok(()), Err)
    }
}

/// Returns a breach if a waker still has a clone after everything was dropped. Tasks may keep one, and threads for a
/// moment.
fn kept_waker<'a>(mut wakers: impl Iterator<Item = &'a Arc<Watched>>, runtime: &Runtime) -> Option<Breach> {
    if runtime.metrics().num_alive_tasks() > 0 {
        return None;
    }
    let kept = wakers.find(|waker| !soon(|| !waker.is_kept()))?;
    let seen = format!("waker {} still has a clone after everything was dropped", kept.name());
    Some(Breach::new(Law::ReleasesWakers, seen))
}

/// Waits briefly for a condition that other threads may bring about. Returns whether it holds.
pub(super) fn soon(holds: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    loop {
        if holds() {
            return true;
        }
        if begun.elapsed() >= GRACE {
            return false;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Returns the message of a panic.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a non-string payload".to_owned())
}
