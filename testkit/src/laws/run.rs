//! One run of a subject, polled in one way.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use tokio::runtime::Runtime;

use super::case::{Case, Event};
use super::history::History;
use super::subject::{Breach, Step, Subject};
use super::waker::Watched;
use super::{Broken, Law, Make};

/// How long an event may take that happens inside a `clone`: a subject that rightly holds its lock there keeps it waiting.
const BETWEEN: Duration = Duration::from_millis(20);

/// How long a wake by another thread may take that the subject has for itself.
const LATE: Duration = Duration::from_millis(50);

/// How often a subject may wake itself while nothing happens.
const MOST_SPINS: u32 = 1000;

/// How many steps the tasks behind a subject have after each event.
const BACKGROUND: u32 = 200;

/// How long is waited, on tokio's paused clock, for a timer of the subject.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// How a subject is polled.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Plan {
    /// Each poll has a waker of its own.
    pub(super) is_fresh: bool,
    /// How often it is polled again, without a wake, while it is pending.
    pub(super) again: u32,
    /// An event happens between the look and the leaving of the waker, in the pending poll of this number.
    pub(super) race: Option<usize>,
    /// It is dropped before the poll of this number.
    pub(super) drop: Option<usize>,
    /// Sizes of buffers, and the like.
    pub(super) variant: usize,
    /// After how many operations an endless one is at its end.
    pub(super) most: usize,
}

/// What a run has come to, where it broke no law.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) outcome: String,
    pub(super) polls: usize,
    pub(super) pendings: usize,
    pub(super) history: History,
    /// What it panicked with, if a poll did.
    pub(super) panic: Option<String>,
}

struct Runner<'a> {
    plan: Plan,
    runtime: &'a Runtime,
    subject: Box<dyn Subject>,
    case: Case,
    history: History,
    /// The newest waker, and those before.
    waker: Arc<Watched>,
    older: Vec<Arc<Watched>>,
    polls: usize,
    pendings: usize,
    events: usize,
    /// Whether an event has happened during the last poll.
    has_raced: bool,
    spins: u32,
}

/// How the polls of a run end.
enum End {
    Ended,
    /// It went on for as many operations as there may be.
    Endless,
    Dropped,
    Panicked(String),
}

/// Why a run goes no further.
enum Stop {
    Breach(Breach),
    Panic(String),
}

impl From<Breach> for Stop {
    fn from(breach: Breach) -> Self {
        Stop::Breach(breach)
    }
}

/// Polls a subject to its end.
pub(super) fn run(make: &Make, plan: Plan, runtime: &Runtime) -> Result<Ran, Broken> {
    let entered = runtime.enter();
    let mut case = Case::default();
    let subject = make(&mut case, plan.variant);
    let waker = Watched::new(0);
    let mut runner = Runner {
        plan,
        runtime,
        subject,
        case,
        history: History::default(),
        waker,
        older: Vec::new(),
        polls: 0,
        pendings: 0,
        events: 0,
        has_raced: false,
        spins: 0,
    };
    let ran = match runner.drive() {
        Ok(end) => runner.finish(end),
        Err(Stop::Panic(panic)) => runner.finish(End::Panicked(panic)),
        Err(Stop::Breach(breach)) => Err((breach, std::mem::take(&mut runner.history))),
    };
    drop(entered);
    ran.map_err(|(breach, history)| Broken { law: breach.law, seen: breach.seen, history, place: None })
}

impl Runner<'_> {
    fn drive(&mut self) -> Result<End, Stop> {
        let mut operations = 0;
        loop {
            let mut polled = self.poll("")?;
            for _ in 0..self.plan.again {
                if matches!(polled, Polled::Pending) {
                    polled = self.poll(" again, without a wake")?;
                }
            }
            let step = match polled {
                Polled::Dropped => return Ok(End::Dropped),
                Polled::Pending => match self.wait()? {
                    Some(step) => step,
                    None => continue,
                },
                Polled::Ready(step) => step,
            };
            self.spins = 0;
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
    fn poll(&mut self, how: &str) -> Result<Polled, Stop> {
        if self.plan.drop == Some(self.polls) {
            return Ok(Polled::Dropped);
        }
        if self.plan.is_fresh && self.polls > 0 {
            self.take_new_waker();
        }
        self.polls += 1;
        self.has_raced = false;
        self.waker.rearm();
        let action = format!("{}{how}", self.subject.action());
        let between = if self.plan.race == Some(self.pendings) { self.hook() } else { None };
        let waker = self.waker.waker();
        let polled = catch_unwind(AssertUnwindSafe(|| self.subject.poll(&mut Context::from_waker(&waker))));
        drop(waker);
        if let Some(between) = between {
            self.unhook(between);
        }
        let name = self.waker.name();
        let polled = polled.map_err(|panic| {
            let panic = panic_text(&*panic);
            self.history.poll(&action, &name, &format!("panicked: {panic}"));
            Stop::Panic(panic)
        })?;
        match polled {
            Err(breach) => {
                self.history.poll(&action, &name, "breaks the law");
                Err(breach.into())
            }
            Ok(Poll::Pending) => {
                self.history.poll(&action, &name, "pending");
                self.pendings += 1;
                if self.has_raced {
                    self.history.happened(format!("  event {}, while waker {name} was cloned", self.events));
                }
                Ok(Polled::Pending)
            }
            Ok(Poll::Ready(step)) => {
                self.history.poll(&action, &name, &step.result);
                Ok(Polled::Ready(step))
            }
        }
    }

    /// Has the next event happen when the waker is cloned, on another thread: the subject may hold a lock that the event
    /// waits for.
    fn hook(&mut self) -> Option<mpsc::Receiver<thread::JoinHandle<()>>> {
        let event = self.case.events.pop_front()?;
        let (tell, between) = mpsc::channel();
        let handle = self.runtime.handle().clone();
        self.waker.hook(Box::new(move || {
            let (done, is_done) = mpsc::channel();
            let happening = thread::spawn(move || {
                let entered = handle.enter();
                event();
                drop(entered);
                _ = done.send(());
            });
            _ = is_done.recv_timeout(BETWEEN);
            _ = tell.send(happening);
        }));
        Some(between)
    }

    fn unhook(&mut self, between: mpsc::Receiver<thread::JoinHandle<()>>) {
        self.events += 1;
        match self.waker.unhook() {
            // It was not cloned: the event happens now.
            Some(hook) => hook(),
            None => self.has_raced = true,
        }
        if let Ok(happening) = between.recv()
            && let Err(panic) = happening.join()
        {
            std::panic::resume_unwind(panic);
        }
    }

    /// Waits until the subject is woken. Returns what it has come to, if a poll that was to find that out has done more.
    fn wait(&mut self) -> Result<Option<Step>, Stop> {
        let mut has_happened = self.has_raced;
        let mut has_passed = false;
        loop {
            self.background();
            if self.waker.is_woken() {
                self.spins += 1;
                if self.spins > MOST_SPINS {
                    let seen = format!("it has woken itself {MOST_SPINS} times");
                    return Err(Breach::new(Law::Rests, seen).into());
                }
                return Ok(None);
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
            } else if !has_passed && self.let_time_pass() {
                return Ok(None);
            } else if !has_passed {
                // What made it ready may have been there before it was polled.
                has_passed = true;
                has_happened = true;
            } else {
                let seen = "it is still pending, and nothing is left that could happen. Tell the case what it waits \
                            for: `case.then(..)`";
                return Err(Breach::new(Law::Finishes, seen).into());
            }
        }
    }

    fn happen(&mut self, event: Event) {
        self.events += 1;
        event();
        self.background();
        let woken: Vec<_> = self.wakers().filter(|waker| waker.is_woken()).map(|waker| waker.name()).collect();
        let woken = if woken.is_empty() { "wakes nobody".to_owned() } else { format!("wakes {}", woken.join(", ")) };
        self.history.happened(format!("  event {} happens, and {woken}", self.events));
    }

    /// Polls without a wake, to see whether there should have been one. Returns what the subject has come to, if the wake
    /// was late only.
    fn probe(&mut self) -> Result<Option<Step>, Stop> {
        let before = self.waker.clone();
        let is_kept = self.wakers().any(|waker| waker.is_kept());
        let is_older_woken = self.older.iter().any(|waker| waker.is_woken());
        let has_raced = self.has_raced;
        self.take_new_waker();
        let step = match self.poll(", to see whether it is ready")? {
            Polled::Ready(step) => step,
            Polled::Pending => return Ok(None),
            Polled::Dropped => return Ok(None),
        };
        thread::sleep(LATE);
        if before.is_woken() {
            return Ok(Some(step));
        }
        let name = before.name();
        let breach = if is_older_woken {
            let seen = format!("{name} is its newest waker, and one that it was polled with before was woken");
            Breach::new(Law::KeepsNewestWaker, seen)
        } else if has_raced {
            let seen = "what it waits for happened after it had looked and before it had left its waker; it was ready, \
                        and nobody woke it";
            Breach::new(Law::ChecksAgain, seen)
        } else if is_kept {
            let seen = format!("it was ready, and waker {name}, which it has left with somebody, was not woken");
            Breach::new(Law::LeavesWaker, seen)
        } else {
            let seen = format!("it was ready, and nobody has a clone of waker {name}: nothing could have woken it");
            Breach::new(Law::LeavesWaker, seen)
        };
        Err(breach.into())
    }

    fn wakers(&self) -> impl Iterator<Item = &Arc<Watched>> {
        self.older.iter().chain([&self.waker])
    }

    fn take_new_waker(&mut self) {
        let new = Watched::new(self.older.len() + 1);
        self.older.push(std::mem::replace(&mut self.waker, new));
    }

    /// Has tasks run that the subject may wait for.
    fn background(&self) {
        let metrics = self.runtime.metrics();
        for _ in 0..BACKGROUND {
            if metrics.num_alive_tasks() == 0 || self.waker.is_woken() {
                return;
            }
            self.runtime.block_on(tokio::task::yield_now());
        }
    }

    /// Lets time pass until the subject is woken. Tells whether it was.
    fn let_time_pass(&mut self) -> bool {
        let waker = self.waker.clone();
        let is_woken = self.runtime.block_on(async {
            let mut day = pin!(tokio::time::sleep(DAY));
            let woken = poll_fn(|context| {
                waker.wait(Some(context.waker().clone()));
                if waker.is_woken() { Poll::Ready(true) } else { day.as_mut().poll(context).map(|()| false) }
            });
            woken.await
        });
        waker.wait(None);
        if is_woken {
            self.history.happened(format!("  time passes, and wakes {}", waker.name()));
        }
        is_woken
    }

    /// Checks what holds at the end, and drops the subject.
    fn finish(mut self, end: End) -> Result<Ran, (Breach, History)> {
        let outcome = self.subject.outcome();
        if let End::Ended = end {
            self.take_new_waker();
            let waker = self.waker.waker();
            let mut context = Context::from_waker(&waker);
            match catch_unwind(AssertUnwindSafe(|| self.subject.at_end(&mut context))) {
                Ok(Ok(())) => {}
                Ok(Err(breach)) => return Err((breach, self.history)),
                Err(panic) => {
                    let seen = format!("polled once more, it panicked: {}", panic_text(&*panic));
                    return Err((Breach::new(Law::StaysEnded, seen), self.history));
                }
            }
        }
        let Runner { subject, case, mut history, waker, older, polls, pendings, runtime, .. } = self;
        let Case { events, received, after } = case;
        if let End::Dropped = end {
            history.happened("  it is dropped");
        }
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(subject)));
        let dropped = dropped.and_then(|()| {
            drop(received);
            // What happens later finds nobody, whatever it does then.
            for event in events {
                _ = catch_unwind(AssertUnwindSafe(event));
            }
            catch_unwind(AssertUnwindSafe(|| after.map(|after| after()).unwrap_or_default()))
        });
        if let Err(panic) = dropped {
            let seen = format!("when it was dropped after {polls} polls: {}", panic_text(&*panic));
            return Err((Breach::new(Law::SurvivesDrop, seen), history));
        }
        if runtime.metrics().num_alive_tasks() == 0
            && let Some(kept) = older.iter().chain([&waker]).find(|waker| waker.is_kept())
        {
            let seen = format!("somebody has waker {} still, and all is dropped", kept.name());
            return Err((Breach::new(Law::ReleasesWakers, seen), history));
        }
        let panic = if let End::Panicked(panic) = end { Some(panic) } else { None };
        Ok(Ran { outcome, polls, pendings, history, panic })
    }
}

enum Polled {
    Ready(Step),
    Pending,
    /// It is to be dropped instead.
    Dropped,
}

/// The message of a panic.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a message".to_owned())
}
