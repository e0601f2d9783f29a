use std::fmt;

use super::model::Model;

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

    /// Programs that are a step smaller, and sensible to the model: with an operation less, or one that no longer overlaps
    /// with others.
    pub(super) fn smaller(&self) -> Vec<Self> {
        let mut programs = Vec::new();
        for at in (0..self.after.len()).rev() {
            programs.push(self.with(|smaller| drop(smaller.after.remove(at))));
        }
        for (client, operations) in self.clients.iter().enumerate().rev() {
            for at in (0..operations.len()).rev() {
                programs.push(self.with(|smaller| drop(smaller.clients[client].remove(at))));
            }
        }
        for at in (0..self.before.len()).rev() {
            programs.push(self.with(|smaller| drop(smaller.before.remove(at))));
        }
        for client in (0..self.clients.len()).filter(|&client| !self.clients[client].is_empty()) {
            programs.push(self.with(|smaller| {
                let first = smaller.clients[client].remove(0);
                smaller.before.push(first);
            }));
            programs.push(self.with(|smaller| {
                let last = smaller.clients[client].pop();
                smaller.after.splice(0..0, last);
            }));
        }
        programs.retain(Self::is_sensible);
        programs
    }

    fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = self.clone();
        change(&mut changed);
        changed.clients.retain(|operations| !operations.is_empty());
        changed
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
