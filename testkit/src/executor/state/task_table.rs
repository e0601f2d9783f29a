//! Progress, origin and names of all tasks of a run.

use std::cell::RefCell;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use di_core::ambient::TaskEnd;

use crate::failure::PanicReport;
use crate::schedule::PollPosition;
use crate::trace::{TaskSnapshot, TaskState};

/// The future of a task. It delivers its own result to the waiter; its output only shows how the task ended.
pub(crate) type TaskFuture = Pin<Box<dyn Future<Output = TaskEnd>>>;

/// The tasks of a run, by number. Data that each step uses is kept apart from the rest.
#[derive(Default)]
pub(crate) struct TaskTable {
    pub(crate) progress: Vec<TaskProgress>,
    /// May have more entries than `progress`, left from earlier runs.
    pub(crate) info: Vec<TaskInfo>,
}

/// A task that was taken from the run queue.
#[derive(Clone, Copy)]
pub(crate) struct DequeuedTask {
    pub(crate) task: u32,
    pub(crate) at: PollPosition,
    /// Whether the task was preempted at `at`.
    pub(crate) is_preempted: bool,
    /// Number of times that the task was passed over at the head of the run queue, at `at`.
    pub(crate) passed_over: u32,
    pub(crate) state: TaskState,
}

impl TaskTable {
    /// Records that a task, or the raw tasks, left the run queue. Returns its progress before the poll.
    #[inline(always)]
    pub(crate) fn dequeue(&mut self, number: u32) -> DequeuedTask {
        let Some(progress) = self.progress.get_mut(number as usize) else {
            return DequeuedTask {
                task: number,
                at: PollPosition::default(),
                is_preempted: false,
                passed_over: 0,
                state: TaskState::Alive,
            };
        };
        let TaskProgress { at, is_preempted, passed_over, state } = *progress;
        let next = PollPosition { poll: at.poll + u32::from(state == TaskState::Alive), operation: 0 };
        // A task that has ended may be woken again. Its position stays the same, so the count goes on: each choice about it
        // has its own key.
        let next_passed_over = if state == TaskState::Alive { 0 } else { passed_over + 1 };
        *progress = TaskProgress { at: next, is_preempted: false, passed_over: next_passed_over, state };
        DequeuedTask { task: number, at, is_preempted, passed_over, state }
    }

    /// Returns snapshots of all tasks, with `is_ready` and `left_waker` left false, and without hosts.
    pub(crate) fn snapshots(&self) -> Vec<TaskSnapshot> {
        let tasks = self.progress.iter().zip(&self.info).zip(0..);
        tasks.map(|((progress, info), number)| snapshot(number, progress, info)).collect()
    }
}

fn snapshot(number: u32, progress: &TaskProgress, info: &TaskInfo) -> TaskSnapshot {
    TaskSnapshot {
        number,
        name: info.name.to_string(),
        site: info.site,
        parent: info.parent,
        polls: progress.at.poll + u32::from(progress.is_preempted),
        size: info.size,
        state: progress.state,
        is_ready: false,
        delay: Duration::from_nanos(info.delay),
        left_waker: false,
        panic_received: info.panic_received_by.is_some(),
        is_background: info.is_background,
        host: None,
        panic: info.panic.as_ref().map(ToString::to_string),
    }
}

/// Progress of a task.
pub(crate) struct TaskProgress {
    /// Position of the next poll. A preempted poll counts as unfinished.
    pub(crate) at: PollPosition,
    /// Whether the task was preempted at `at`.
    pub(crate) is_preempted: bool,
    /// Number of times that the task was passed over at the head of the run queue, at `at`.
    pub(crate) passed_over: u32,
    pub(crate) state: TaskState,
}

impl TaskProgress {
    pub(crate) fn new() -> Self {
        TaskProgress { at: PollPosition::default(), is_preempted: false, passed_over: 0, state: TaskState::Alive }
    }
}

/// Origin of a task, and other data that steps do not use.
pub(crate) struct TaskInfo {
    pub(crate) name: Rc<str>,
    pub(crate) site: &'static Location<'static>,
    /// The task that spawned it.
    pub(crate) parent: u32,
    /// Size of the future, in bytes.
    pub(crate) size: usize,
    /// Number of choices that the task has made.
    pub(crate) choices: u32,
    /// Virtual time for which the task was ready but not polled, in nanoseconds.
    pub(crate) delay: u64,
    pub(crate) panic: Option<Box<PanicReport>>,
    /// Virtual time of the panic.
    pub(crate) panicked_at: Duration,
    /// The task that has received the panic from the task's handle.
    pub(crate) panic_received_by: Option<u32>,
    /// Whether the task belongs to a fake, not to the test.
    pub(crate) is_background: bool,
    /// The last task that waited for the result of this one.
    pub(crate) joined_by: Option<u32>,
    /// Number of the host to which the task belongs; `None` for the host `main`.
    pub(crate) host: Option<u32>,
}

impl TaskInfo {
    pub(crate) fn new(name: Rc<str>, site: &'static Location<'static>, parent: u32, size: usize) -> Self {
        TaskInfo {
            name,
            site,
            parent,
            size,
            choices: 0,
            delay: 0,
            panic: None,
            panicked_at: Duration::ZERO,
            panic_received_by: None,
            is_background: false,
            joined_by: None,
            host: None,
        }
    }
}

/// Interned task names. Most tasks share a name with other tasks, in the same run or in later ones.
#[derive(Default)]
pub(crate) struct TaskNames(RefCell<Vec<Rc<str>>>);

/// Maximum number of interned names. Searching more of them would cost more than allocating a name.
const MAX_NAMES: usize = 16;

impl TaskNames {
    pub(crate) fn get(&self, name: &str) -> Rc<str> {
        let mut names = self.0.borrow_mut();
        if let Some(known) = names.iter().find(|known| &***known == name) {
            return known.clone();
        }
        let name: Rc<str> = name.into();
        if names.len() < MAX_NAMES {
            names.push(name.clone());
        }
        name
    }
}
