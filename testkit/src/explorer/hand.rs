//! A thread that does one job after the other at its workplace.

use std::cell::Cell;
use std::sync::mpsc;
use std::thread;

use super::tools::Workplace;

/// What is to be done there.
type Job = Box<dyn FnOnce(&mut Workplace) + Send>;

thread_local! {
    /// One that has nothing to do. It ends with this thread, and no other gives it jobs: what it prints goes into the output
    /// of the test that has started it.
    static IDLE: Cell<Option<Hand>> = const { Cell::new(None) };
}

/// It ends when nobody has it any more, as soon as its job is done.
pub(super) struct Hand {
    jobs: mpsc::Sender<Job>,
}

impl Hand {
    /// The one that this thread has kept, or another: to start one takes longer than to run a short test.
    pub(super) fn take() -> Self {
        IDLE.try_with(Cell::take).ok().flatten().unwrap_or_else(Hand::start)
    }

    fn start() -> Self {
        let (sender, jobs) = mpsc::channel::<Job>();
        let work = move || {
            let mut place = Workplace::new();
            jobs.iter().for_each(|job| job(&mut place));
        };
        thread::Builder::new().name("testkit".to_owned()).spawn(work).expect("the system has a thread for a test");
        Hand { jobs: sender }
    }

    /// Gives it a job, which is to catch its own panics.
    pub(super) fn give(&self, job: impl FnOnce(&mut Workplace) + Send + 'static) {
        self.jobs.send(Box::new(job)).expect("it ends when it is dropped");
    }

    /// Keeps it for the next search of this thread. It must have done what it was given.
    pub(super) fn keep(self) {
        _ = IDLE.try_with(|idle| idle.set(Some(self)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::ThreadId;

    /// Which thread does a job that is given to whoever has nothing to do.
    fn worker(keeps: bool) -> ThreadId {
        let (sender, receiver) = mpsc::channel();
        let hand = Hand::take();
        hand.give(move |_| sender.send(thread::current().id()).unwrap());
        let id = receiver.recv().unwrap();
        if keeps {
            hand.keep();
        }
        id
    }

    #[test]
    fn a_thread_keeps_one_of_its_own() {
        let first = worker(true);
        assert_eq!(worker(true), first);
        assert_ne!(thread::spawn(|| worker(true)).join().unwrap(), first);
        assert_eq!(worker(false), first);
        assert_ne!(worker(true), first, "one that is lost does not come back");
    }
}
