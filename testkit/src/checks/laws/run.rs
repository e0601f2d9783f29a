//! One run of a subject, polled in one way.

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

/// How often it is polled after its end.
const POLLS_AFTER_END: usize = 3;

/// How long is waited for other threads.
const SOON: Duration = Duration::from_millis(250);

/// How a subject is polled.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Plan {
    /// Each poll has a waker of its own.
    pub(super) is_fresh: bool,
    /// How often it is polled again, without a wake, while it is pending.
    pub(super) again: u32,
    /// An event happens between the look and the leaving of the waker.
    pub(super) race: Option<Race>,
    /// It is dropped before the poll of this number.
    pub(super) drop: Option<usize>,
    /// It is polled twice at the poll of this number, with nothing in between, to see whether that alone makes it ready.
    /// Where there is a race in that poll, its event happens before.
    pub(super) twice: Option<usize>,
    /// Sizes of buffers, and the like.
    pub(super) variant: usize,
    /// After how many operations an endless one is at its end.
    pub(super) most: usize,
}

/// What is the same for all runs of a check.
pub(super) struct Bench<'a> {
    pub(super) make: &'a Make,
    pub(super) allowed: &'a BTreeSet<Law>,
    pub(super) watch: &'a Watch,
    /// How often an event was kept waiting inside a `clone`.
    pub(super) held: Cell<u32>,
}

/// What a run has come to, where it broke no law on its way.
#[derive(Debug, Default)]
pub(super) struct Ran {
    /// Nothing, where it broke a law that it may break, and went no further.
    pub(super) outcome: Option<Outcome>,
    /// How often its waker was cloned in each poll.
    pub(super) clones: Vec<usize>,
    /// What it panicked with, if a poll did.
    pub(super) panic: Option<String>,
    /// A law that it broke at its end or behind it: that what comes of it differs says more.
    pub(super) breach: Option<Breach>,
    /// Of a poll that was done twice, the second was ready.
    pub(super) is_restless: bool,
}

pub(super) struct Runner<'a> {
    pub(super) bench: &'a Bench<'a>,
    pub(super) runtime: &'a Runtime,
    plan: Plan,
    subject: Box<dyn Subject>,
    pub(super) case: Case,
    /// The newest waker, and those before that somebody has still.
    pub(super) waker: Arc<Watched>,
    pub(super) older: Vec<Arc<Watched>>,
    made_wakers: usize,
    /// How often its waker was cloned in each poll there was.
    clones: Vec<usize>,
    pub(super) events: usize,
    /// Whether an event has happened during the last poll.
    pub(super) has_raced: bool,
    /// How often it has woken itself, since it rested or came to something.
    pub(super) spins: u32,
    /// How often it was waited for, since it came to something.
    pub(super) waits: u32,
}

/// How the polls of a run end.
enum End {
    Ended,
    /// It went on for as many operations as there may be.
    Endless,
    Dropped,
    Panicked(String),
    /// It broke a law that it may break, and cannot be polled further.
    Allowed,
}

/// Why a run goes no further.
pub(super) enum Stop {
    Breach(Breach),
    /// It was ready after the poll of this number, with nobody to wake it. It is no breach if that poll alone made it so, as
    /// of a buffer that was flushed in part: what its inner one waits for wakes it, and is to come.
    Doubt(Breach, usize),
    /// It was polled twice, and the second made it ready, or did not.
    Twice(bool),
    Panic(String),
    /// It is to be dropped.
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

    /// Polls twice where it is planned.
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

    /// A law is broken. Nothing, if it may be.
    pub(super) fn judge(&self, breach: Breach) -> Result<(), Stop> {
        self.bench.first_of([breach]).map_err(Stop::Breach)
    }

    /// An event of the case has panicked, which is the test's own.
    pub(super) fn event_panicked(&self, panic: &(dyn Any + Send)) -> ! {
        let history = self.bench.watch.history();
        panic!("event {} of the case panicked: {}\n{history}", self.events, panic_text(panic))
    }

    /// How many polls there were.
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

    /// A law is broken: what goes wrong from here on is of no interest.
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
                let seen = format!("polled once more after its end, it panicked: {}", panic_text(&*panic));
                Some(Breach::new(Law::StaysEnded, seen))
            })
        })
    }

    /// Checks what holds at the end, and drops the subject.
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
        // What happens later finds nobody, whatever it does then.
        watch.during("an event behind its drop", || {
            events.into_iter().for_each(|event| _ = catch_unwind(AssertUnwindSafe(event)));
        });
        let held = watch.during("the check behind its drop", || {
            catch_unwind(AssertUnwindSafe(|| after.map(|after| after()).unwrap_or_default()))
        });
        let panicked = |seen: &str, panic: Box<dyn Any + Send>| {
            Breach::new(Law::SurvivesDrop, format!("dropped after {after_polls}, {seen}: {}", panic_text(&*panic)))
        };
        let behind = [
            dropped.err().map(|panic| panicked("it panicked", panic)),
            held.err().map(|panic| panicked("it does not hold what `after_drop` checks", panic)),
            kept_waker(older.iter().chain([&waker]), runtime),
        ];
        if behind.iter().any(Option::is_some) {
            watch.note(|history| history.happened("it is dropped"));
        }
        let breaches = [at_end, after_end].into_iter().chain(behind).flatten();
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

    /// The first of the laws that are broken, of those that may not be.
    fn first_of(&self, breaches: impl IntoIterator<Item = Breach>) -> Result<(), Breach> {
        breaches.into_iter().find(|breach| !self.allowed.contains(&breach.law)).map_or(Ok(()), Err)
    }
}

/// Whether somebody has a waker still, once all is dropped. Tasks may, and threads for a moment.
fn kept_waker<'a>(mut wakers: impl Iterator<Item = &'a Arc<Watched>>, runtime: &Runtime) -> Option<Breach> {
    if runtime.metrics().num_alive_tasks() > 0 {
        return None;
    }
    let kept = wakers.find(|waker| !soon(|| !waker.is_kept()))?;
    let seen = format!("somebody has waker {} still, and all is dropped", kept.name());
    Some(Breach::new(Law::ReleasesWakers, seen))
}

/// Waits a little while until something holds that other threads may do. Tells whether it does.
pub(super) fn soon(holds: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    loop {
        if holds() {
            return true;
        }
        if begun.elapsed() >= SOON {
            return false;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// The message of a panic.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a message".to_owned())
}
