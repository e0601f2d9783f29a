//! How tasks come to their end, and the test with them: with a result, by a panic, or dropped.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::task::Poll;

use di_core::ambient::TaskEnd;

use super::inside::inside;
use super::panics::{self, PanicReport, Payload};
use super::plan::{DROPPING, End, Finding};
use super::recording::{Actor, What};
use super::run::Runner;
use super::task::State;

impl Runner<'_> {
    /// What is wrong, once the test itself has come to its end.
    pub(super) fn finding_of_main(&self) -> Option<Finding> {
        match self.world.outcome.take() {
            // Others may still be told of panics.
            Some(Ok(())) => None,
            // A panic of a task may be why.
            Some(Err(text)) => Some(self.unseen_panic().unwrap_or(Finding::Error { text })),
            None => self.unseen_panic(),
        }
    }

    /// The first panic of a task that nobody has been told of.
    pub(super) fn unseen_panic(&self) -> Option<Finding> {
        let tasks = self.world.tasks.borrow();
        let number = self.panicked.iter().copied().find(|&number| !tasks.cold[number as usize].is_joined)?;
        let panic = *tasks.cold[number as usize].panic.clone()?;
        if panic.message.contains("IO is disabled") || panic.message.contains("with IO enabled") {
            return Some(Finding::RealIo { task: number, panic });
        }
        Some(Finding::Panic { task: number, panic, while_dropped: false })
    }

    pub(super) fn end_of_all(&self) -> End {
        if let Some(finding) = self.unseen_panic() {
            return End::Failed(finding);
        }
        let left = self.world.tasks.borrow().hot.iter().filter(|task| task.state.is_alive()).count();
        if left > self.world.background.get() && !self.plan.limits.allow_leaks {
            End::Failed(Finding::TaskLeak)
        } else {
            End::Passed
        }
    }

    /// Drops a task that is aborted, in its turn.
    #[cold]
    pub(super) fn cancel(&mut self, number: u32) {
        self.set_state(number, State::Cancelled);
        let world = self.world.clone();
        world.acts(Actor::Task(number), || {
            world.record(|| What::Drop { task: number });
            self.drop_future(number);
        });
    }

    /// A panic outside of a poll.
    pub(super) fn panicked_outside(&self, payload: Payload) -> Finding {
        let panic = report_of(&*payload);
        forget(payload);
        Finding::Panic { task: self.world.current.get(), panic, while_dropped: false }
    }

    pub(super) fn set_state(&self, number: u32, state: State) {
        self.world.tasks.borrow_mut().hot[number as usize].state = state;
    }

    /// The task has come to its end.
    pub(super) fn ended(&mut self, number: u32, polled: std::thread::Result<Poll<TaskEnd>>) {
        let has_panicked = !matches!(polled, Ok(Poll::Ready(TaskEnd::Done)));
        self.set_state(number, if has_panicked { State::Panicked } else { State::Done });
        self.has_main_ended |= number == 0;
        if has_panicked {
            let report = match &polled {
                Err(payload) => report_of(&**payload),
                // What it panicked with has gone to its handle.
                Ok(_) => panics::take().into_iter().last().unwrap_or_else(PanicReport::of_no_text),
            };
            self.has_panicked(number, report);
        }
        self.world.panic.set(polled.err());
        // Where nobody waits for it, its result is dropped with it.
        self.drop_future(number);
        if let Some(payload) = self.world.panic.take() {
            forget(payload);
        }
    }

    /// Notes a panic of a task, of which nobody has been told yet. The first is the one that is told.
    fn has_panicked(&mut self, number: u32, panic: PanicReport) {
        let mut tasks = self.world.tasks.borrow_mut();
        let origin = &mut tasks.cold[number as usize];
        origin.panic = origin.panic.take().or(Some(Box::new(panic)));
        origin.is_joined = false;
        self.panicked.push(number);
    }

    /// Drops a task's future, which tells whoever waits for it. Returns whether that went without a panic.
    fn drop_future(&mut self, number: u32) -> bool {
        let future = self.engine.slots[number as usize].future.take();
        self.world.current.set(number);
        let dropped = inside(|| catch_unwind(AssertUnwindSafe(|| drop(future))));
        let is_quiet = dropped.is_ok();
        if let Err(payload) = dropped {
            self.has_panicked(number, report_of(&*payload));
            forget(payload);
        }
        is_quiet
    }

    /// Drops the tasks that are left, one by one. Returns the first panic.
    pub(super) fn tear_down(&mut self) -> Option<Finding> {
        self.world.is_closed.set(true);
        let mut finding = None;
        for number in 0..self.count as u32 {
            let slot = &mut self.engine.slots[number as usize];
            if self.plan.mode.forget {
                std::mem::forget(slot.future.take());
            }
            if slot.future.is_none() {
                continue;
            }
            self.plan.heartbeat.steps.store(DROPPING + u64::from(number), Ordering::Relaxed);
            if !self.drop_future(number) {
                let panic = self.world.tasks.borrow().cold[number as usize].panic.clone();
                finding =
                    finding.or(panic.map(|panic| Finding::Panic { task: number, panic: *panic, while_dropped: true }));
            }
        }
        finding
    }
}

/// What is known of a panic. One that was resumed was not reported when it was raised.
fn report_of(payload: &(dyn std::any::Any + Send)) -> PanicReport {
    let text = panics::text(payload);
    let reports = panics::take();
    let report = reports.into_iter().rev().find(|report| report.message == text);
    report.unwrap_or_else(|| PanicReport { message: text.to_owned(), place: String::new() })
}

/// Drops a payload, whose own drop may panic, with a payload whose drop may panic.
fn forget(payload: Payload) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(another);
    }
}
