use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::schedule::ChoiceKey;

/// What the fakes of a run leave in it.
#[derive(Default)]
pub(crate) struct FakeRegistry {
    /// Number of fakes whose behavior the schedule decides.
    pub(crate) deciders: Cell<u32>,
    /// Deviations of fakes, each described by a sentence.
    pub(crate) decisions: RefCell<Vec<(ChoiceKey, String)>>,
    /// Describe the state of a fake for a report.
    reporters: RefCell<Vec<Box<StateReporter>>>,
    /// State that belongs to the run, one value per type; dropped after the tasks.
    extensions: RefCell<Vec<Rc<dyn Any>>>,
    /// Number of background tasks: tasks of fakes, not of the test.
    pub(in crate::executor) background_tasks: Cell<usize>,
}

/// Describes the state of a fake, if there is anything to describe.
type StateReporter = dyn Fn(ReportScope) -> Option<String>;

/// What a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportScope {
    /// Tasks that wait for something.
    Waiting,
    /// Any other failure.
    Other,
}

impl FakeRegistry {
    /// Begins a run.
    pub(in crate::executor) fn begin(&self) {
        self.deciders.set(0);
        self.background_tasks.set(0);
    }

    /// Drops what is left of a run.
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

    /// Adds a value that lives until the run ends.
    pub(crate) fn add_extension<T: Any>(&self, extension: Rc<T>) {
        self.extensions.borrow_mut().push(extension);
    }

    /// Adds a function that describes the state of a fake in a report.
    pub(in crate::executor) fn add_reporter(&self, describe: impl Fn(ReportScope) -> Option<String> + 'static) {
        self.reporters.borrow_mut().push(Box::new(describe));
    }

    /// Returns the state of each fake that has one to show; each may have several lines.
    pub(in crate::executor) fn states(&self, scope: ReportScope) -> Vec<String> {
        self.reporters.borrow().iter().filter_map(|describe| describe(scope)).collect()
    }
}
