//! The `Model` trait, which specifies a component, and the answers of operations.

use std::fmt::Debug;
use std::hash::Hash;

use proptest_state_machine::ReferenceStateMachine;

/// A sequential specification of a component: a proptest state machine that also returns responses.
///
/// The state machine generates operations (`transitions`), restricts when they make sense (`preconditions`) and defines
/// their effect (`apply`). Preconditions are checked for one sequential order while operations are generated and
/// shrunk. Concurrent operations may happen in any other order, so `respond` and `apply` must handle every operation in
/// every state.
///
/// The response must depend only on the state and the operation. If a component may choose between several responses,
/// override [`step`](Model::step).
pub trait Model: ReferenceStateMachine<State: Eq + Hash + Send + Sync, Transition: Send + Sync> {
    /// Response of an operation. Reports show its `Debug` text.
    type Response: PartialEq + Debug + Send + Sync + 'static;

    /// Returns the response of `operation` in `state`.
    fn respond(state: &Self::State, operation: &Self::Transition) -> Self::Response;

    /// Returns the state after an operation that returned `response`, or `None` if that response is impossible in
    /// `state`.
    ///
    /// By default, the new state is the result of `apply` if `respond` returns the same response. Override this if
    /// several responses are correct, or if some have no effect:
    ///
    /// ```
    /// # use proptest::prelude::*;
    /// # use testkit::linearizability::{Model, ReferenceStateMachine};
    /// # struct Numbers;
    /// # impl ReferenceStateMachine for Numbers {
    /// #     type State = u32;
    /// #     type Transition = ();
    /// #     fn init_state() -> BoxedStrategy<u32> { Just(0).boxed() }
    /// #     fn transitions(_: &u32) -> BoxedStrategy<()> { Just(()).boxed() }
    /// #     fn apply(state: u32, _: &()) -> u32 { state + 1 }
    /// # }
    /// /// Draws the next number, or is busy and draws none.
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

/// Result of an operation. A plain response converts into [`Answer::Returned`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<R> {
    /// The operation returned this response.
    Returned(R),
    /// The operation was cancelled, timed out, or failed in a way that does not show whether it took effect. It may
    /// have taken effect already, may take effect later, or may never do so.
    Unknown,
}

impl<R> From<R> for Answer<R> {
    fn from(response: R) -> Self {
        Answer::Returned(response)
    }
}
