//! State that belongs to the fakes of a run: decisions, descriptions for reports, background tasks.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::trace::Decision;

/// State that the fakes of a run share with the executor.
#[derive(Default)]
pub(crate) struct FakeRegistry {
    /// Number of deciders in the run so far.
    pub(crate) decider_count: Cell<u32>,
    /// Number of calls of fakes that did something.
    pub(in crate::executor) calls: Cell<u64>,
    /// Deviations of fakes, each described in a sentence.
    pub(crate) decisions: RefCell<Vec<Decision>>,
    /// Functions that describe the state of a fake for a report.
    reporters: RefCell<Vec<Box<StateReporter>>>,
    /// Values that live as long as the run, one per type. Dropped after the tasks.
    extensions: RefCell<Vec<Rc<dyn Any>>>,
    /// Number of background tasks, which belong to fakes and not to the test.
    pub(in crate::executor) background_tasks: Cell<usize>,
}

/// Describes the state of a fake. Returns `None` if there is nothing to report.
type StateReporter = dyn Fn(ReportScope) -> Option<String>;

/// Kind of failure that a report explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportScope {
    /// Tasks still wait.
    Waiting,
    /// Any other failure.
    Other,
}

impl FakeRegistry {
    /// Begins a run.
    pub(in crate::executor) fn begin(&self) {
        self.decider_count.set(0);
        self.background_tasks.set(0);
    }

    /// Drops the remaining state of a run.
    pub(in crate::executor) fn clear(&self) {
        self.decisions.borrow_mut().clear();
        self.reporters.borrow_mut().clear();
        drop(self.extensions.take());
    }

    /// Returns the run's value of type `T`, if there is one.
    pub(crate) fn extension<T: Any>(&self) -> Option<Rc<T>> {
        let extensions = self.extensions.borrow();
        extensions.iter().find_map(|extension| extension.clone().downcast().ok())
    }

    /// Returns the run's value of type `T`, adding a default one on first use.
    pub(crate) fn extension_or_default<T: Any + Default>(&self) -> Rc<T> {
        self.extension().unwrap_or_else(|| {
            let extension = Rc::new(T::default());
            self.add_extension(extension.clone());
            extension
        })
    }

    /// Adds a value that lives until the run ends.
    pub(crate) fn add_extension<T: Any>(&self, extension: Rc<T>) {
        self.extensions.borrow_mut().push(extension);
    }

    /// Adds a function that describes the state of a fake in a report.
    pub(in crate::executor) fn add_reporter(&self, describe: impl Fn(ReportScope) -> Option<String> + 'static) {
        self.reporters.borrow_mut().push(Box::new(describe));
    }

    /// Returns the description of each fake that has something to report. A description may have several lines.
    pub(in crate::executor) fn states(&self, scope: ReportScope) -> Vec<String> {
        self.reporters.borrow().iter().filter_map(|describe| describe(scope)).collect()
    }
}
