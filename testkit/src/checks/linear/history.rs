use std::fmt;

use super::NotLinearizable;
use super::model::{Answer, Model};
use super::order::linearize;
use super::timeline::{Ending, Interval, LONGEST, cut, timeline};

/// Operations of concurrent clients: when each was called, when it returned, and what. [`check`](super::check) records them
/// by itself; this is for histories that come from elsewhere.
///
/// What counts is the order in which its methods are called, and not when.
///
/// ```
/// # use proptest::prelude::*;
/// # use testkit::linear::{Model, ReferenceStateMachine};
/// use testkit::linear::History;
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
/// history.returned(get, 1); // the value is there already
/// let again = history.call("client 2", Get);
/// history.returned(again, 0); // and is gone again
/// history.returned(put, 1);
///
/// let refused = history.check().unwrap_err();
/// assert!(refused.to_string().starts_with("not linearizable: no order of these 3 operations"));
/// ```
pub struct History<M: Model> {
    initial: M::State,
    clients: Vec<String>,
    /// In the order of their calls.
    records: Vec<Record<M>>,
    /// How many calls and returns there were.
    events: usize,
}

/// One operation.
pub(super) struct Record<M: Model> {
    pub(super) client: usize,
    pub(super) operation: M::Transition,
    /// Number of the event at which it was called.
    pub(super) called: usize,
    /// Number of the event at which it returned, or was given up.
    pub(super) ended: Option<usize>,
    /// None, if it is unknown what came of it.
    pub(super) response: Option<M::Response>,
}

/// An operation of a [`History`] that was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "tell the history what the call returned"]
pub struct Call(usize);

impl<M: Model> History<M> {
    /// Nothing has been called yet, and the state is `initial`.
    pub fn new(initial: M::State) -> Self {
        History { initial, clients: Vec::new(), records: Vec::new(), events: 0 }
    }

    /// The same for clients that are known before, and so drawn in that order.
    pub(super) fn of_clients(initial: M::State, count: usize) -> Self {
        let clients = std::iter::once("main".to_owned()).chain((1..=count).map(|number| format!("client {number}")));
        History { clients: clients.collect(), ..History::new(initial) }
    }

    /// A client, by its name, begins an operation.
    ///
    /// # Panics
    /// If the client's call before has neither returned nor been given up.
    pub fn call(&mut self, client: &str, operation: M::Transition) -> Call {
        let client = self.clients.iter().position(|name| name == client).unwrap_or_else(|| {
            self.clients.push(client.to_owned());
            self.clients.len() - 1
        });
        let open = self.records.iter().rfind(|record| record.client == client).filter(|record| record.ended.is_none());
        if let Some(open) = open {
            panic!(
                "`{}` calls {operation:?} while its call {:?} is under way: calls that overlap are of clients with different \
                 names",
                self.clients[client], open.operation
            );
        }
        let called = self.next_event();
        self.records.push(Record { client, operation, called, ended: None, response: None });
        Call(self.records.len() - 1)
    }

    /// The call has returned. One that never does is as one that is unknown.
    ///
    /// # Panics
    /// If it has returned before, or been given up, or is of another history.
    pub fn returned(&mut self, call: Call, response: M::Response) {
        self.ended(call, Answer::Returned(response));
    }

    /// The call is given up: it may have taken effect, may do so at any later time, or never.
    ///
    /// # Panics
    /// If it has returned before, or been given up, or is of another history.
    pub fn unknown(&mut self, call: Call) {
        self.ended(call, Answer::Unknown);
    }

    pub(super) fn ended(&mut self, call: Call, answer: Answer<M::Response>) {
        let event = self.next_event();
        let record = self.records.get_mut(call.0).expect("the call is one of this history");
        assert!(record.ended.is_none(), "the call {:?} has ended before", record.operation);
        record.ended = Some(event);
        if let Answer::Returned(response) = answer {
            record.response = Some(response);
        }
    }

    fn next_event(&mut self) -> usize {
        self.events += 1;
        self.events - 1
    }

    /// Whether there is an order of the operations in which the model returns the same, and in which none comes before one
    /// that had returned when it was called.
    ///
    /// It takes the longer, the more operations overlap; of unknown ones, all that come later do.
    ///
    /// # Errors
    /// If there is no such order.
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
    /// What was called, and what it returned, neither too long: `Get -> 1`.
    pub(super) fn text(&self) -> String {
        const ARROW: &str = " -> ";
        let response = self.response.as_ref().map_or_else(|| "?".to_owned(), |response| format!("{response:?}"));
        let response = cut(&response, LONGEST / 2);
        let left = LONGEST - ARROW.len() - response.chars().count();
        cut(&format!("{:?}", self.operation), left) + ARROW + &response
    }
}

/// The operations as intervals in the order of calls and returns, with a line for each client. An end `|` is a return, `?` is
/// where an operation was given up, and `>` that it had not returned at the end.
impl<M: Model> fmt::Display for History<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let interval = |record: &Record<M>| Interval {
            lane: record.client,
            text: record.text(),
            called: record.called,
            ended: record.ended,
            ending: match (&record.response, record.ended) {
                (Some(_), _) => Ending::Returned,
                (None, Some(_)) => Ending::GivenUp,
                (None, None) => Ending::Open,
            },
        };
        let intervals: Vec<_> = self.records.iter().map(interval).collect();
        let initially = ("initially".to_owned(), format!("{:?}", self.initial));
        f.write_str(&timeline(initially, &self.clients, &intervals))
    }
}

impl<M: Model> fmt::Debug for History<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
