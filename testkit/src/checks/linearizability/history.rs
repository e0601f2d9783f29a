//! Histories of concurrent operations: recording, checking and drawing them.

use std::fmt;

use super::NotLinearizable;
use super::model::{Answer, Model};
use super::order::linearize;
use super::timeline::{Ending, Interval, MAX_TEXT_CHARS, cut, timeline};

/// Operations of concurrent clients, with the time of each call, the time of its return and the response.
///
/// [`check`](super::check) records its own histories. Use this type for histories from elsewhere. Only the order in
/// which its methods are called matters, not the actual time.
///
/// ```
/// # use proptest::prelude::*;
/// # use testkit::linearizability::{Model, ReferenceStateMachine};
/// use testkit::linearizability::History;
///
/// # struct Register;
/// # #[derive(Clone, Debug)]
/// # enum Operation { Put(u32), Get }
/// # use Operation::*;
/// # impl ReferenceStateMachine for Register {
/// #     type State = u32;
/// #     type Transition = Operation;
/// #     fn init_state() -> BoxedStrategy<u32> { Just(0).boxed() }
/// #     fn transitions(_: &u32) -> BoxedStrategy<Operation> { prop_oneof![Just(Get), (0_u32..3).prop_map(Put)].boxed() }
/// #     fn apply(state: u32, operation: &Operation) -> u32 {
/// #         match operation { Put(value) => *value, Get => state }
/// #     }
/// # }
/// # impl Model for Register {
/// #     type Response = u32;
/// #     fn respond(state: &u32, operation: &Operation) -> u32 {
/// #         match operation { Put(value) => *value, Get => *state }
/// #     }
/// # }
/// let mut history = History::<Register>::new(0);
/// let put = history.call("client 1", Put(1));
/// let get = history.call("client 2", Get);
/// history.returned(get, 1); // the new value is already visible
/// let again = history.call("client 2", Get);
/// history.returned(again, 0); // and has disappeared again
/// history.returned(put, 1);
///
/// let error = history.check().unwrap_err();
/// assert!(error.to_string().starts_with("not linearizable: no order of the 3 operations"));
/// ```
pub struct History<M: Model> {
    initial: M::State,
    clients: Vec<String>,
    /// In call order.
    records: Vec<Record<M>>,
    /// Number of calls and returns so far.
    events: usize,
}

/// One operation.
pub(super) struct Record<M: Model> {
    pub(super) client: usize,
    pub(super) operation: M::Transition,
    /// Number of the event at which it was called.
    pub(super) called: usize,
    /// Number of the event at which it returned or was abandoned.
    pub(super) ended: Option<usize>,
    /// `None` if the result is unknown.
    pub(super) response: Option<M::Response>,
}

/// A call recorded in a [`History`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "pass the call to `returned` or `unknown`"]
pub struct Call(usize);

impl<M: Model> History<M> {
    /// Creates an empty history with the state `initial`.
    pub fn new(initial: M::State) -> Self {
        History { initial, clients: Vec::new(), records: Vec::new(), events: 0 }
    }

    /// Creates an empty history of clients that are known in advance, so they are drawn in this order.
    pub(super) fn of_clients(initial: M::State, count: usize) -> Self {
        let clients = std::iter::once("main".to_owned()).chain((1..=count).map(|number| format!("client {number}")));
        History { clients: clients.collect(), ..History::new(initial) }
    }

    /// Records that the client of this name calls an operation.
    ///
    /// # Panics
    /// Panics if the client's previous call has neither returned nor been abandoned.
    pub fn call(&mut self, client: &str, operation: M::Transition) -> Call {
        let client = self.clients.iter().position(|name| name == client).unwrap_or_else(|| {
            self.clients.push(client.to_owned());
            self.clients.len() - 1
        });
        let open = self.records.iter().rfind(|record| record.client == client).filter(|record| record.ended.is_none());
        if let Some(open) = open {
            panic!(
                "`{}` calls {operation:?} while its call {:?} is in progress: overlapping calls need clients with \
                 different names",
                self.clients[client], open.operation
            );
        }
        let called = self.next_event();
        self.records.push(Record { client, operation, called, ended: None, response: None });
        Call(self.records.len() - 1)
    }

    /// Records that a call has returned. A call that never returns counts as unknown.
    ///
    /// # Panics
    /// Panics if the call has already returned, was abandoned, or belongs to another history.
    pub fn returned(&mut self, call: Call, response: M::Response) {
        self.ended(call, Answer::Returned(response));
    }

    /// Records that a call was abandoned: it may have taken effect already, may take effect later, or may never do so.
    ///
    /// # Panics
    /// Panics if the call has already returned, was abandoned, or belongs to another history.
    pub fn unknown(&mut self, call: Call) {
        self.ended(call, Answer::Unknown);
    }

    pub(super) fn ended(&mut self, call: Call, answer: Answer<M::Response>) {
        let event = self.next_event();
        let record = self.records.get_mut(call.0).expect("the call belongs to this history");
        assert!(record.ended.is_none(), "the call {:?} has already ended", record.operation);
        record.ended = Some(event);
        if let Answer::Returned(response) = answer {
            record.response = Some(response);
        }
    }

    fn next_event(&mut self) -> usize {
        self.events += 1;
        self.events - 1
    }

    /// Checks that the history is linearizable: there is an order of the operations in which the model returns the same
    /// responses. In this order, an operation that returned before another was called must come first.
    ///
    /// The check takes longer if more operations overlap. An unknown operation overlaps with all later ones.
    ///
    /// # Errors
    /// Returns an error if there is no such order.
    pub fn check(&self) -> Result<(), NotLinearizable> {
        linearize::<M>(&self.initial, &self.records).map_err(|longest| NotLinearizable::new(self, &longest))
    }

    pub(super) fn records(&self) -> &[Record<M>] {
        &self.records
    }

    pub(super) fn client(&self, record: &Record<M>) -> &str {
        &self.clients[record.client]
    }
}

impl<M: Model> Record<M> {
    /// Returns the operation and its response as text, each shortened if necessary: `Get -> 1`.
    pub(super) fn text(&self) -> String {
        const ARROW: &str = " -> ";
        let response = self.response.as_ref().map_or_else(|| "?".to_owned(), |response| format!("{response:?}"));
        let response = cut(&response, MAX_TEXT_CHARS / 2);
        let room = MAX_TEXT_CHARS - ARROW.len() - response.chars().count();
        cut(&format!("{:?}", self.operation), room) + ARROW + &response
    }
}

/// Draws the operations as intervals in the order of calls and returns, with a line for each client. An interval ends
/// with `|` at a return, with `?` where the operation was abandoned, and with `>` if it had not returned at the end of
/// the history.
impl<M: Model> fmt::Display for History<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let interval = |record: &Record<M>| Interval {
            lane: record.client,
            text: record.text(),
            called: record.called,
            ended: record.ended,
            ending: match (&record.response, record.ended) {
                (Some(_), _) => Ending::Returned,
                (None, Some(_)) => Ending::Abandoned,
                (None, None) => Ending::Open,
            },
        };
        let intervals: Vec<_> = self.records.iter().map(interval).collect();
        f.write_str(&timeline(&format!("{:?}", self.initial), &self.clients, &intervals))
    }
}

impl<M: Model> fmt::Debug for History<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
