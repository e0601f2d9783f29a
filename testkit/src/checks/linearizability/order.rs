//! Searches for an order of the operations in which the model returns the recorded responses.
//!
//! Sources:
//!
//! - Wing and Gong 1993, "Testing and verifying concurrent objects", for the search: any operation that was called
//!   before the first return may be the first. Try each in turn, and continue from there.
//! - Lowe 2017, "Testing for linearizability", for the memory of visited states: a set of operations and the resulting
//!   state.
//!
//! Unknown operations go beyond both papers. Such an operation overlaps with all later ones, and may be omitted. The
//! search tries it after the operations that have returned, and not at all if it changes nothing. If a combination
//! fails with some unknown operations, it is not tried again with these and more.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::mem::replace;

use bit_set::BitSet;

use super::history::Record;
use super::model::Model;

/// Error returned if no order contains all operations: the longest order that the model explains.
pub(super) struct LongestOrder<M: Model> {
    /// Indices of operations.
    pub(super) order: Vec<usize>,
    /// State after these operations.
    pub(super) state: M::State,
    /// Operations that could be next. Each returned a different response than the model.
    pub(super) next: Vec<usize>,
}

struct Search<'a, M: Model> {
    records: &'a [Record<M>],
    /// Indices of the operations that have returned, then of the unknown ones, each in call order.
    operations: Vec<usize>,
    /// Number of operations that have returned.
    returned: usize,
    /// Places in `operations` of the returned operations in the order so far.
    known: BitSet,
    /// Places in `operations` of the unknown operations in the order so far.
    unknown: BitSet,
    /// Visited combinations, each with the sets of unknown operations that were tried with it.
    visited: HashMap<Visited<M::State>, Vec<BitSet>>,
}

/// The returned operations in an order, and the state after them.
#[derive(PartialEq, Eq, Hash)]
struct Visited<S> {
    known: BitSet,
    state: S,
}

/// An operation of the current order.
struct Taken<S> {
    place: usize,
    state_before: S,
}

/// An operation that can be next.
struct Next<S> {
    place: usize,
    state_after: S,
}

/// Searches for an order in which the model returns the recorded responses.
///
/// # Errors
/// Returns the longest order found if none explains all operations.
pub(super) fn linearize<M: Model>(initial: &M::State, records: &[Record<M>]) -> Result<(), LongestOrder<M>> {
    let mut search = Search::new(records);
    let mut state = initial.clone();
    // The current order.
    let mut taken: Vec<Taken<M::State>> = Vec::new();
    let mut longest = LongestOrder { order: Vec::new(), state: state.clone(), next: search.candidates() };
    let (mut from, mut known, mut most_known) = (0, 0, 0);
    while known < search.returned {
        if let Some(Next { place, state_after }) = search.next(from, &state) {
            taken.push(Taken { place, state_before: replace(&mut state, state_after) });
            search.insert(place);
            known += usize::from(search.is_known(place));
            from = 0;
        } else if let Some(Taken { place, state_before }) = taken.pop() {
            state = state_before;
            search.remove(place);
            known -= usize::from(search.is_known(place));
            from = place + 1;
        } else {
            return Err(longest);
        }
        if known > most_known {
            most_known = known;
            let order = taken.iter().map(|taken| search.operations[taken.place]).collect();
            longest = LongestOrder { order, state: state.clone(), next: search.candidates() };
        }
    }
    Ok(())
}

impl<'a, M: Model> Search<'a, M> {
    fn new(records: &'a [Record<M>]) -> Self {
        let is_known = |index: &usize| records[*index].response.is_some();
        let (mut operations, unknown): (Vec<_>, Vec<_>) = (0..records.len()).partition(is_known);
        let returned = operations.len();
        operations.extend(unknown);
        let visited = HashMap::new();
        Search { records, operations, returned, known: BitSet::new(), unknown: BitSet::new(), visited }
    }

    fn is_known(&self, place: usize) -> bool {
        place < self.returned
    }

    fn record(&self, place: usize) -> &'a Record<M> {
        &self.records[self.operations[place]]
    }

    fn insert(&mut self, place: usize) {
        let set = if self.is_known(place) { &mut self.known } else { &mut self.unknown };
        set.insert(place);
    }

    fn remove(&mut self, place: usize) {
        let set = if self.is_known(place) { &mut self.known } else { &mut self.unknown };
        set.remove(place);
    }

    fn is_taken(&self, place: usize) -> bool {
        if self.is_known(place) { self.known.contains(place) } else { self.unknown.contains(place) }
    }

    /// Returns the first return of an operation that is not in the order yet. Operations called after it cannot be
    /// next.
    fn first_return(&self) -> usize {
        let mut first = usize::MAX;
        for place in (0..self.returned).filter(|place| !self.known.contains(*place)) {
            let record = self.record(place);
            if record.called > first {
                break;
            }
            first = first.min(record.ended.unwrap_or(usize::MAX));
        }
        first
    }

    /// Returns the operations that have returned and could be next.
    fn candidates(&self) -> Vec<usize> {
        let first_return = self.first_return();
        let is_next = |place: &usize| !self.is_taken(*place) && self.record(*place).called < first_return;
        (0..self.returned).filter(is_next).map(|place| self.operations[place]).collect()
    }

    /// Returns the first operation from `from` on that can be next and leads to an unvisited combination.
    fn next(&mut self, from: usize, state: &M::State) -> Option<Next<M::State>> {
        let first_return = self.first_return();
        let mut place = from;
        while place < self.operations.len() {
            let record = self.record(place);
            if record.called > first_return {
                // The same holds for all later operations in this part of the list.
                place = if self.is_known(place) { self.returned } else { self.operations.len() };
                continue;
            }
            let after = (!self.is_taken(place)).then(|| step(state, record)).flatten();
            if let Some(state_after) = after.filter(|after| self.visit(place, after)) {
                return Some(Next { place, state_after });
            }
            place += 1;
        }
        None
    }

    /// Marks the combination after this operation as visited. Returns whether it was unvisited.
    fn visit(&mut self, place: usize, after: &M::State) -> bool {
        let (mut known, mut unknown) = (self.known.clone(), self.unknown.clone());
        if self.is_known(place) {
            known.insert(place)
        } else {
            unknown.insert(place)
        };
        match self.visited.entry(Visited { known, state: after.clone() }) {
            Entry::Vacant(entry) => {
                entry.insert(vec![unknown]);
                true
            }
            Entry::Occupied(mut entry) => {
                let tried = entry.get_mut();
                // An attempt that used fewer unknown operations had more left to use, and still failed.
                if tried.iter().any(|fewer| fewer.is_subset(&unknown)) {
                    return false;
                }
                tried.retain(|more| !unknown.is_subset(more));
                tried.push(unknown);
                true
            }
        }
    }
}

/// Returns the state after an operation, or `None` if it cannot happen here or has no effect.
fn step<M: Model>(state: &M::State, record: &Record<M>) -> Option<M::State> {
    match &record.response {
        Some(response) => M::step(state, &record.operation, response),
        None => Some(M::apply(state.clone(), &record.operation)).filter(|after| after != state),
    }
}
