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
//! search tries it after the operations that have returned, and not at all if it changes nothing. An attempt with some
//! unknown operations is not repeated with these and more.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::mem::replace;

use bit_set::BitSet;

use super::history::Record;
use super::model::Model;

/// The order that explains the most operations, if none explains all.
pub(super) struct Longest<M: Model> {
    /// Indices of operations.
    pub(super) order: Vec<usize>,
    /// State after these operations.
    pub(super) state: M::State,
    /// Operations that could be next. Each returned something else than the model.
    pub(super) next: Vec<usize>,
}

struct Search<'a, M: Model> {
    records: &'a [Record<M>],
    /// Indices of the operations that have returned, then of the unknown ones, each in call order.
    operations: Vec<usize>,
    returned: usize,
    /// Places in `operations` of the returned operations in the order so far.
    known: BitSet,
    /// Places in `operations` of the unknown operations in the order so far.
    unknown: BitSet,
    /// Visited combinations: known operations and state, and the sets of unknown operations tried with them.
    tried: HashMap<(BitSet, M::State), Vec<BitSet>>,
}

/// Searches for an order in which the model returns the recorded responses.
///
/// # Errors
/// Returns the longest order found if none explains all operations.
pub(super) fn linearize<M: Model>(initial: &M::State, records: &[Record<M>]) -> Result<(), Longest<M>> {
    let mut search = Search::new(records);
    let mut state = initial.clone();
    // Operations of the current order, each with the state before it.
    let mut taken: Vec<(usize, M::State)> = Vec::new();
    let mut longest = Longest { order: Vec::new(), state: state.clone(), next: search.candidates() };
    let (mut from, mut known, mut most) = (0, 0, 0);
    while known < search.returned {
        if let Some((place, after)) = search.next(from, &state) {
            taken.push((place, replace(&mut state, after)));
            search.insert(place);
            known += usize::from(search.is_known(place));
            from = 0;
        } else if let Some((place, before)) = taken.pop() {
            state = before;
            search.remove(place);
            known -= usize::from(search.is_known(place));
            from = place + 1;
        } else {
            return Err(longest);
        }
        if known > most {
            most = known;
            let order = taken.iter().map(|(place, _)| search.operations[*place]).collect();
            longest = Longest { order, state: state.clone(), next: search.candidates() };
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
        let tried = HashMap::new();
        Search { records, operations, returned, known: BitSet::new(), unknown: BitSet::new(), tried }
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

    /// Returns the first operation from `from` on that can be next and leads to an unvisited combination, with the
    /// state after it.
    fn next(&mut self, from: usize, state: &M::State) -> Option<(usize, M::State)> {
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
            if let Some(after) = after.filter(|after| self.is_new(place, after)) {
                return Some((place, after));
            }
            place += 1;
        }
        None
    }

    /// Returns whether the order so far and this operation lead to an unvisited combination, and marks it as visited.
    fn is_new(&mut self, place: usize, after: &M::State) -> bool {
        let (mut known, mut unknown) = (self.known.clone(), self.unknown.clone());
        if self.is_known(place) {
            known.insert(place)
        } else {
            unknown.insert(place)
        };
        match self.tried.entry((known, after.clone())) {
            Entry::Vacant(entry) => {
                entry.insert(vec![unknown]);
                true
            }
            Entry::Occupied(mut entry) => {
                let tried = entry.get_mut();
                // With fewer unknown operations used, more were left to use, and that was not enough.
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
