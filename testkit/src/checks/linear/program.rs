use std::fmt;

use super::model::Model;

/// Of how many operations two are left out at once, at most.
const MOST_IN_PAIRS: usize = 8;

/// Operations for a component: some one by one, then those of each client at once, then some one by one again.
///
/// Its `Debug` text is the expression that makes it.
pub struct Program<M: Model> {
    pub(super) initial: M::State,
    pub(super) before: Vec<M::Transition>,
    pub(super) clients: Vec<Vec<M::Transition>>,
    pub(super) after: Vec<M::Transition>,
}

impl<M: Model> Program<M> {
    /// No operations yet, for a component whose state is `initial`.
    pub fn new(initial: M::State) -> Self {
        Program { initial, before: Vec::new(), clients: Vec::new(), after: Vec::new() }
    }

    /// Adds operations that are done one by one before those of the clients.
    pub fn before(mut self, operations: impl IntoIterator<Item = M::Transition>) -> Self {
        self.before.extend(operations);
        self
    }

    /// Adds a client, which does its operations one by one, while the other clients do theirs.
    pub fn client(mut self, operations: impl IntoIterator<Item = M::Transition>) -> Self {
        self.clients.push(operations.into_iter().collect());
        self
    }

    /// Adds operations that are done one by one behind those of the clients.
    pub fn after(mut self, operations: impl IntoIterator<Item = M::Transition>) -> Self {
        self.after.extend(operations);
        self
    }

    /// How many operations there are.
    pub fn operations(&self) -> usize {
        self.before.len() + self.clients.iter().map(Vec::len).sum::<usize>() + self.after.len()
    }

    /// Programs that are a step smaller, and sensible to the model: with an operation or two less, or with some that no longer
    /// overlap with others. The greatest steps come first.
    pub(super) fn smaller(&self) -> impl Iterator<Item = Self> {
        let count = self.operations();
        let one_less = (0..count).rev().map(|at| self.without([at, at]));
        let apart = (0..self.clients.len()).flat_map(|client| self.with_apart(client));
        // Some need each other, such as what fills a queue and what empties it.
        let pairs = if count <= MOST_IN_PAIRS { 0..count } else { 0..0 };
        let two_less = pairs.rev().flat_map(move |at| (0..at).rev().map(move |other| self.without([at, other])));
        one_less.chain(apart).chain(two_less).filter(Self::is_sensible)
    }

    /// Without the operations of these numbers.
    fn without(&self, left_out: [usize; 2]) -> Self {
        let mut smaller = self.clone();
        let mut number = 0;
        let lists = [&mut smaller.before].into_iter().chain(&mut smaller.clients).chain([&mut smaller.after]);
        for list in lists {
            list.retain(|_| {
                number += 1;
                !left_out.contains(&(number - 1))
            });
        }
        smaller.tidied()
    }

    /// With a client's operations before or behind all others, or the first or the last of them.
    fn with_apart(&self, client: usize) -> impl Iterator<Item = Self> {
        let count = self.clients[client].len();
        [(count, 0), (0, count), (count.min(1), 0), (0, count.min(1))].into_iter().map(move |(before, after)| {
            let mut apart = self.clone();
            let mut operations = std::mem::take(&mut apart.clients[client]);
            apart.after.splice(0..0, operations.split_off(count - after));
            apart.before.extend(operations.drain(..before));
            apart.clients[client] = operations;
            apart.tidied()
        })
    }

    /// Without clients that do nothing.
    fn tidied(mut self) -> Self {
        self.clients.retain(|operations| !operations.is_empty());
        self
    }

    /// Whether the model's preconditions hold, where the clients take turns.
    fn is_sensible(&self) -> bool {
        let longest = self.clients.iter().map(Vec::len).max().unwrap_or(0);
        let turns = (0..longest).flat_map(|at| self.clients.iter().filter_map(move |operations| operations.get(at)));
        let mut state = self.initial.clone();
        self.before.iter().chain(turns).chain(&self.after).all(|operation| {
            let is_sensible = M::preconditions(&state, operation);
            state = M::apply(state.clone(), operation);
            is_sensible
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
