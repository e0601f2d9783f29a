use std::fmt::Debug;
use std::hash::Hash;

use proptest_state_machine::ReferenceStateMachine;

/// What a component is to do, one operation at a time: proptest's state machine, which also answers.
///
/// The state machine makes the operations (`transitions`), says where they are sensible (`preconditions`) and what they do
/// (`apply`). Preconditions are checked where operations are generated and made fewer, in an order one by one. Concurrent
/// operations may come in any other: `respond` and `apply` must have an answer to each operation in each state.
///
/// Operations with the same state and the same operation must answer the same. Where a component may choose between
/// several answers, say so by [`step`](Model::step).
pub trait Model: ReferenceStateMachine<State: Eq + Hash + Send + Sync, Transition: Send + Sync> {
    /// What an operation returns. Values are told by their `Debug` text.
    type Response: PartialEq + Debug + Send + Sync + 'static;

    /// What the operation returns where the state before it is `state`.
    fn respond(state: &Self::State, operation: &Self::Transition) -> Self::Response;

    /// The state after an operation that has returned `response`; none, if it cannot return that in `state`.
    ///
    /// By default it is what `apply` makes of the state, if `respond` gives the same response. Override it where several
    /// responses are right, or where some have no effect:
    ///
    /// ```
    /// # use proptest::prelude::*;
    /// # use testkit::linear::{Model, ReferenceStateMachine};
    /// # struct Numbers;
    /// # impl ReferenceStateMachine for Numbers {
    /// #     type State = u32;
    /// #     type Transition = ();
    /// #     fn init_state() -> BoxedStrategy<u32> { Just(0).boxed() }
    /// #     fn transitions(_: &u32) -> BoxedStrategy<()> { Just(()).boxed() }
    /// #     fn apply(state: u32, _: &()) -> u32 { state + 1 }
    /// # }
    /// /// Numbers are drawn, or the machine is busy and draws none.
    /// impl Model for Numbers {
    ///     type Response = Result<u32, Busy>;
    ///
    ///     fn respond(next: &u32, _: &()) -> Result<u32, Busy> {
    ///         Ok(*next)
    ///     }
    ///
    ///     fn step(next: &u32, _: &(), response: &Result<u32, Busy>) -> Option<u32> {
    ///         match response {
    ///             Err(Busy) => Some(*next),
    ///             Ok(drawn) => (drawn == next).then_some(next + 1),
    ///         }
    ///     }
    /// }
    ///
    /// # #[derive(Debug)]
    /// #[derive(PartialEq)]
    /// struct Busy;
    /// # assert_eq!(Numbers::step(&3, &(), &Err(Busy)), Some(3));
    /// ```
    fn step(state: &Self::State, operation: &Self::Transition, response: &Self::Response) -> Option<Self::State> {
        (Self::respond(state, operation) == *response).then(|| Self::apply(state.clone(), operation))
    }
}

/// What came of an operation. A response by itself is one that was returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<R> {
    /// It has returned this.
    Returned(R),
    /// It was cancelled, has timed out, or has failed so that nobody knows: it may have taken effect, may do so at any later
    /// time, or never.
    Unknown,
}

impl<R> From<R> for Answer<R> {
    fn from(response: R) -> Self {
        Answer::Returned(response)
    }
}
