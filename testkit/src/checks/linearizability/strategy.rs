//! Proptest strategy that generates and shrinks programs of a model.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::strategy::{BoxedStrategy, NewTree, Strategy, ValueTree};
use proptest::test_runner::{Reason, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, Sequential};

use super::model::Model;
use super::program::Program;

/// Maximum number of operations after those of the clients.
const MAX_OPERATIONS_AFTER: usize = 2;

/// Strategy that generates programs. Proptest's sequential state machine generates the operations, and each is assigned
/// a place.
pub(super) struct Programs<M> {
    pub(super) clients: usize,
    /// Maximum number of operations of each client, and of operations before the clients.
    pub(super) operations: usize,
    /// Total number of operations, if fixed.
    pub(super) exactly: Option<usize>,
    pub(super) model: PhantomData<fn() -> M>,
}

/// Part of the program that an operation belongs to.
#[derive(Clone, Copy, Debug)]
enum Place {
    Before,
    Client(usize),
    After,
}

/// Assigns the operations of a program to places, by number. The clients take turns.
#[derive(Clone, Copy, Debug)]
struct Plan {
    before: usize,
    /// Number of operations of all clients together.
    concurrent: usize,
    after: usize,
    clients: usize,
}

impl Plan {
    fn place(&self, number: usize) -> Place {
        match number.checked_sub(self.before) {
            None => Place::Before,
            Some(number) if number < self.concurrent => Place::Client(number % self.clients),
            Some(_) => Place::After,
        }
    }
}

/// State of the model, and the number of operations that led to it.
#[derive(Clone, Debug)]
pub(super) struct Counted<S> {
    state: S,
    operations: usize,
}

/// An operation and its place in the program.
#[derive(Clone, Debug)]
pub(super) struct Placed<T> {
    place: Place,
    operation: T,
}

type Operation<M> = Placed<<M as ReferenceStateMachine>::Transition>;
type State<M> = Counted<<M as ReferenceStateMachine>::State>;
type Machine<M> = Sequential<State<M>, Operation<M>, BoxedStrategy<State<M>>, BoxedStrategy<Operation<M>>>;

fn machine<M: Model>(plan: Plan) -> Machine<M> {
    Sequential::new(
        (plan.before + plan.concurrent + plan.after).into(),
        || M::init_state().prop_map(|state| Counted { state, operations: 0 }).boxed(),
        |counted: &State<M>, placed: &Operation<M>| M::preconditions(&counted.state, &placed.operation),
        move |counted: &State<M>| {
            let place = plan.place(counted.operations);
            M::transitions(&counted.state).prop_map(move |operation| Placed { place, operation }).boxed()
        },
        |counted, placed| Counted {
            state: M::apply(counted.state, &placed.operation),
            operations: counted.operations + 1,
        },
    )
}

impl<M> fmt::Debug for Programs<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Programs").field("clients", &self.clients).field("operations", &self.operations).finish()
    }
}

impl<M: Model> Programs<M> {
    fn plan(&self, runner: &mut TestRunner) -> Result<Plan, Reason> {
        let clients = self.clients;
        let Some(count) = self.exactly else {
            let numbers = (0..=self.operations, clients..=clients * self.operations, 0..=MAX_OPERATIONS_AFTER);
            let (before, concurrent, after) = numbers.new_tree(runner)?.current();
            return Ok(Plan { before, concurrent, after, clients });
        };
        let concurrent = (1..=count).new_tree(runner)?.current();
        let before = (0..=count - concurrent).new_tree(runner)?.current();
        Ok(Plan { before, concurrent, after: count - concurrent - before, clients })
    }
}

impl<M: Model> Strategy for Programs<M> {
    type Tree = ProgramTree<M>;
    type Value = Program<M>;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let plan = self.plan(runner)?;
        Ok(ProgramTree {
            operations: machine::<M>(plan).new_tree(runner)?,
            clients: self.clients,
            run_counter: RefCell::default(),
        })
    }
}

/// A program that shrinks along with the operations of proptest's sequential state machine.
pub(super) struct ProgramTree<M: Model> {
    operations: <Machine<M> as Strategy>::Tree,
    clients: usize,
    /// Counter of the operations that have run. The sequential state machine reads it when the test has failed.
    run_counter: RefCell<Option<Arc<AtomicUsize>>>,
}

impl<M: Model> ProgramTree<M> {
    /// Marks all operations as run. Called only before shrinking, because the tree cannot return its current value
    /// afterwards.
    fn mark_all_run(&self) {
        if let Some(counter) = self.run_counter.take() {
            counter.store(usize::MAX, Ordering::SeqCst);
        }
    }
}

impl<M: Model> ValueTree for ProgramTree<M> {
    type Value = Program<M>;

    fn current(&self) -> Program<M> {
        let (initial, operations, run_counter) = self.operations.current();
        self.run_counter.replace(run_counter);
        let mut program = Program::new(initial.state);
        program.clients.resize_with(self.clients, Vec::new);
        for Placed { place, operation } in operations {
            match place {
                Place::Before => program.before.push(operation),
                Place::Client(client) => program.clients[client].push(operation),
                Place::After => program.after.push(operation),
            }
        }
        program.clients.retain(|operations| !operations.is_empty());
        program
    }

    fn simplify(&mut self) -> bool {
        self.mark_all_run();
        self.operations.simplify()
    }

    fn complicate(&mut self) -> bool {
        self.operations.complicate()
    }
}
