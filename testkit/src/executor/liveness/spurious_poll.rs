//! Spurious polls (polls without a wake), and their effects.

use std::mem::discriminant;
use std::task::Poll;

use crate::executor::execution::{Execution, poll_future};
use crate::executor::task::TaskCell;
use crate::executor::tokio::{self, FULL_BUDGET};
use crate::scheduler::ReadyTasks;
use crate::trace::{PollEffect, TaskState};

/// Number of polls in a row that must have the same effect before the effect counts as usual. Some tasks do something in
/// every poll: for example, they store another waker in a list.
const REPEATS: usize = 4;

/// Number of polls between two checks of the sampling thread.
const POLLS_IN_A_ROW: usize = 256;

/// Returns whether a task waits and belongs to the test.
pub(super) fn is_waiting(run: &Execution<'_>, task: u32) -> bool {
    let Some(cell) = run.engine.cells.get(task as usize) else { return false };
    let tasks = run.world.tasks.borrow();
    let Some(progress) = tasks.progress.get(task as usize) else { return false };
    cell.future.is_some() && progress.state == TaskState::Alive && !tasks.info[task as usize].is_background
}

/// Polls each waiting task spuriously, in a run that is over. Returns whether any such poll has an effect.
pub(in crate::executor) fn has_ready_task(run: &mut Execution<'_>) -> bool {
    let count = run.world.tasks.borrow().progress.len() as u32;
    (0..count).any(|task| is_waiting(run, task) && poll_spuriously(run, task).is_some())
}

/// Polls a waiting task spuriously. Returns the effect that others can see, unless every poll has it. No task may be
/// ready.
pub(super) fn poll_spuriously(run: &mut Execution<'_>, task: u32) -> Option<PollEffect> {
    let effect = poll_once(run, task)?;
    for _ in 1..REPEATS {
        if effect == PollEffect::Completed {
            break;
        }
        unqueue_all(run);
        match poll_once(run, task) {
            Some(again) if discriminant(&again) == discriminant(&effect) => {}
            _ => return Some(effect),
        }
    }
    let is_usual = effect != PollEffect::Completed;
    if is_usual {
        unqueue_all(run);
    }
    (!is_usual).then_some(effect)
}

/// Polls a waiting task many times without a wake, in a run that is over, or until it completes.
pub(super) fn poll_many_times(run: &mut Execution<'_>, task: u32) {
    run.world.current.set(task);
    run.world.is_spurious_poll.set(true);
    for _ in 0..POLLS_IN_A_ROW {
        run.engine.tokio.budget.set(FULL_BUDGET);
        let TaskCell { future: Some(future), waker, .. } = &mut run.engine.cells[task as usize] else { break };
        let polled = poll_future(future, waker);
        if !matches!(polled, Ok(Poll::Pending)) {
            run.complete(task, polled);
        }
    }
    run.world.is_spurious_poll.set(false);
}

/// Polls a waiting task once without a wake. Returns the effect that others can see.
fn poll_once(run: &mut Execution<'_>, task: u32) -> Option<PollEffect> {
    run.steer(task, 0);
    let before = Visible::now(run, task);
    let engine = &mut *run.engine;
    let TaskCell { future: Some(future), waker, wake_state, .. } = &mut engine.cells[task as usize] else {
        return None;
    };
    run.world.current.set(task);
    engine.tokio.budget.set(FULL_BUDGET);
    run.world.is_spurious_poll.set(true);
    let polled = poll_future(future, waker);
    run.world.is_spurious_poll.set(false);
    let operations = FULL_BUDGET.saturating_sub(tokio::left());
    // A task may wake itself in every poll. That is not an effect.
    if wake_state.is_queued() {
        unqueue(run, task);
    }
    // Ignore the random draws of a spurious poll.
    run.count_drawn();
    if !matches!(polled, Ok(Poll::Pending)) {
        run.complete(task, polled);
        return Some(PollEffect::Completed);
    }
    let after = Visible::now(run, task);
    let woken = run.world.run_queue.borrow().iter().next();
    let effects = [
        (after.tasks > before.tasks || after.raw_tasks > before.raw_tasks, PollEffect::Spawned),
        (after.aborted > before.aborted, PollEffect::Aborted),
        (woken.is_some(), PollEffect::Woke(woken.unwrap_or_default())),
        (after.raw_queued > before.raw_queued, PollEffect::Woke(crate::schedule::RAW_TASKS)),
        (after.notes > before.notes, PollEffect::Noted),
        (after.fake_calls > before.fake_calls, PollEffect::CalledFake),
        (operations > 0, PollEffect::CompletedOperation),
        (after.wakers > before.wakers, PollEffect::RegisteredWaker),
    ];
    effects.into_iter().find(|(has_effect, _)| *has_effect).map(|(_, effect)| effect)
}

/// Counts of everything that a poll may change and others can see.
struct Visible {
    tasks: usize,
    raw_tasks: usize,
    raw_queued: usize,
    aborted: usize,
    notes: usize,
    fake_calls: u64,
    wakers: usize,
}

impl Visible {
    fn now(run: &Execution<'_>, task: u32) -> Self {
        let world = &run.world;
        Visible {
            tasks: world.tasks.borrow().progress.len(),
            raw_tasks: run.engine.tokio.raw_tasks(),
            raw_queued: run.engine.tokio.queued_raw_tasks(),
            aborted: world.requests.aborted.borrow().len(),
            notes: world.observations.notes.borrow().len(),
            fake_calls: world.fakes.calls.get(),
            wakers: run.engine.cells[task as usize].held_wakers(),
        }
    }
}

/// Takes all tasks from the run queue, as if they had not been woken.
pub(in crate::executor) fn unqueue_all(run: &mut Execution<'_>) {
    let queued: Vec<_> = run.world.run_queue.borrow().iter().collect();
    queued.into_iter().for_each(|task| unqueue(run, task));
}

/// Takes a task from the run queue, as if it had not been woken.
pub(super) fn unqueue(run: &mut Execution<'_>, task: u32) {
    let mut queue = run.world.run_queue.borrow_mut();
    let Some(first) = queue.first() else { return };
    if first == task {
        queue.take_first();
    } else if let Some(position) = queue.position_of(task) {
        queue.take(position);
    }
    if let Some(cell) = run.engine.cells.get(task as usize) {
        cell.wake_state.set_dequeued();
    }
}
