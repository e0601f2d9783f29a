//! Programs: the operations of all clients.

use std::fmt;

use super::model::Model;

/// Maximum number of operations of a program for which shrinking also removes pairs.
const MAX_OPERATIONS_FOR_PAIRS: usize = 8;

/// Operations for a component: first sequential ones, then those of all clients concurrently, then sequential ones
/// again.
///
/// Its `Debug` text is the Rust expression that creates it.
pub struct Program<M: Model> {
    pub(super) initial: M::State,
    pub(super) before: Vec<M::Transition>,
    pub(super) clients: Vec<Vec<M::Transition>>,
    pub(super) after: Vec<M::Transition>,
}

impl<M: Model> Program<M> {
    /// Creates a program without operations, for a component in the state `initial`.
    pub fn new(initial: M::State) -> Self {
        Program { initial, before: Vec::new(), clients: Vec::new(), after: Vec::new() }
    }

    /// Adds operations that run sequentially before those of the clients.
    pub fn before(mut self, operations: impl IntoIterator<Item = M::Transition>) -> Self {
        self.before.extend(operations);
        self
    }

    /// Adds a client that calls its operations one by one, concurrently with the other clients.
    pub fn client(mut self, operations: impl IntoIterator<Item = M::Transition>) -> Self {
        self.clients.push(operations.into_iter().collect());
        self
    }

    /// Adds operations that run sequentially after those of the clients.
    pub fn after(mut self, operations: impl IntoIterator<Item = M::Transition>) -> Self {
        self.after.extend(operations);
        self
    }

    /// Returns the number of operations.
    pub fn operations(&self) -> usize {
        self.before.len() + self.clients.iter().map(Vec::len).sum::<usize>() + self.after.len()
    }

    /// Returns programs that are one step smaller and meet the preconditions of the model: without one or two
    /// operations, or with some that no longer overlap with others. The largest steps come first.
    pub(super) fn smaller(&self) -> impl Iterator<Item = Self> {
        let count = self.operations();
        let one_less = (0..count).rev().map(|at| self.without([at, at]));
        let apart = (0..self.clients.len()).flat_map(|client| self.with_apart(client));
        // Some operations depend on each other, such as a push and a pop of a queue.
        let pairs = if count <= MAX_OPERATIONS_FOR_PAIRS { 0..count } else { 0..0 };
        let two_less = pairs.rev().flat_map(move |at| (0..at).rev().map(move |other| self.without([at, other])));
        one_less.chain(apart).chain(two_less).filter(Self::meets_preconditions)
    }

    /// Returns the program without the operations with these numbers.
    fn without(&self, removed: [usize; 2]) -> Self {
        let mut smaller = self.clone();
        let mut number = 0;
        let lists = [&mut smaller.before].into_iter().chain(&mut smaller.clients).chain([&mut smaller.after]);
        for list in lists {
            list.retain(|_| {
                number += 1;
                !removed.contains(&(number - 1))
            });
        }
        smaller.without_idle_clients()
    }

    /// Returns programs with all operations of a client, or only the first or last one, moved before or after all
    /// others.
    fn with_apart(&self, client: usize) -> impl Iterator<Item = Self> {
        let count = self.clients[client].len();
        [(count, 0), (0, count), (count.min(1), 0), (0, count.min(1))].into_iter().map(move |(before, after)| {
            let mut apart = self.clone();
            let mut operations = std::mem::take(&mut apart.clients[client]);
            apart.after.splice(0..0, operations.split_off(count - after));
            apart.before.extend(operations.drain(..before));
            apart.clients[client] = operations;
            apart.without_idle_clients()
        })
    }

    /// Removes clients without operations.
    fn without_idle_clients(mut self) -> Self {
        self.clients.retain(|operations| !operations.is_empty());
        self
    }

    /// Returns whether the preconditions of the model hold if the clients take turns.
    fn meets_preconditions(&self) -> bool {
        let longest = self.clients.iter().map(Vec::len).max().unwrap_or(0);
        let turns = (0..longest).flat_map(|at| self.clients.iter().filter_map(move |operations| operations.get(at)));
        let mut state = self.initial.clone();
        self.before.iter().chain(turns).chain(&self.after).all(|operation| {
            let meets_preconditions = M::preconditions(&state, operation);
            state = M::apply(state.clone(), operation);
            meets_preconditions
        })
    }
}

impl<M: Model> Clone for Program<M> {
    fn clone(&self) -> Self {
        let Program { initial, before, clients, after } = self;
        Program { initial: initial.clone(), before: before.clone(), clients: clients.clone(), after: after.clone() }
    }
}

impl<M: Model> fmt::Debug for Program<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Program::new({:?})", self.initial)?;
        if !self.before.is_empty() {
            write!(f, ".before({:?})", self.before)?;
        }
        for operations in &self.clients {
            write!(f, ".client({operations:?})")?;
        }
        if !self.after.is_empty() {
            write!(f, ".after({:?})", self.after)?;
        }
        Ok(())
    }
}
