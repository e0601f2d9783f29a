//! Histories built by hand. The check agrees with a brute-force implementation of the definition.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use testkit::linearizability::{History, Model, ReferenceStateMachine};

use super::config;
use super::models::{Get, Pop, Push, Put, Queue, Register};

/// An account: `Set` returns the old balance, `Add` returns nothing.
struct Account;

#[derive(Clone, Copy, Debug)]
enum Booking {
    Set(u8),
    Add(u8),
}

use Booking::{Add, Set};

impl ReferenceStateMachine for Account {
    type State = u8;
    type Transition = Booking;

    fn init_state() -> BoxedStrategy<u8> {
        Just(0).boxed()
    }

    fn transitions(_: &u8) -> BoxedStrategy<Booking> {
        prop_oneof![(0_u8..3).prop_map(Set), (1_u8..4).prop_map(Add)].boxed()
    }

    fn apply(balance: u8, booking: &Booking) -> u8 {
        match booking {
            Set(new) => *new,
            Add(amount) => balance + amount,
        }
    }
}

impl Model for Account {
    type Response = Option<u8>;

    fn respond(balance: &u8, booking: &Booking) -> Option<u8> {
        match booking {
            Set(_) => Some(*balance),
            Add(_) => None,
        }
    }
}

/// An operation with its response, and the positions of its call and return. Without a response, its effect is unknown.
#[derive(Clone, Debug)]
struct Booked {
    booking: Booking,
    response: Option<Option<u8>>,
    called: usize,
    ended: usize,
}

/// The next action of a client.
#[derive(Clone, Copy, Debug)]
struct Turn {
    client: usize,
    booking: Booking,
    end: End,
}

#[derive(Clone, Copy, Debug)]
enum End {
    /// Returns the response that is correct if the operation takes effect when it returns.
    Right,
    /// Returns this balance, if the operation returns a balance.
    With(u8),
    GivenUp,
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let end = prop_oneof![4 => Just(End::Right), 3 => (0_u8..4).prop_map(End::With), 3 => Just(End::GivenUp)];
    let turn =
        (0_usize..3, Account::transitions(&0), end).prop_map(|(client, booking, end)| Turn { client, booking, end });
    prop::collection::vec(turn, 0..16)
}

/// Plays the turns: an idle client starts a call, and any other client returns from its call.
fn play(turns: &[Turn]) -> (History<Account>, Vec<Booked>) {
    const MAX_OPERATIONS: usize = 6;
    let mut history = History::new(0);
    let mut booked: Vec<Booked> = Vec::new();
    let mut open = [None; 3];
    let mut balance = 0;
    for (event, turn) in turns.iter().enumerate() {
        match open[turn.client].take() {
            None if booked.len() == MAX_OPERATIONS => {}
            None => {
                let call = history.call(&format!("client {}", turn.client), turn.booking);
                open[turn.client] = Some((call, booked.len()));
                booked.push(Booked { booking: turn.booking, response: None, called: event, ended: usize::MAX });
            }
            Some((call, index)) => {
                let right = Account::respond(&balance, &booked[index].booking);
                let response = match turn.end {
                    End::Right => right,
                    End::With(other) => right.map(|_| other),
                    End::GivenUp => {
                        history.unknown(call);
                        continue;
                    }
                };
                history.returned(call, response);
                balance = Account::apply(balance, &booked[index].booking);
                (booked[index].response, booked[index].ended) = (Some(response), event);
            }
        }
    }
    (history, booked)
}

/// Implements the definition by brute force: tries all orders of the known operations, with each subset of the unknown
/// ones.
fn is_linearizable(booked: &[Booked]) -> bool {
    fn any_order(order: &mut Vec<usize>, chosen: &[usize], booked: &[Booked]) -> bool {
        if order.len() == chosen.len() {
            return holds(order, booked);
        }
        chosen.iter().any(|&next| {
            if order.contains(&next) {
                return false;
            }
            order.push(next);
            let holds = any_order(order, chosen, booked);
            order.pop();
            holds
        })
    }
    fn holds(order: &[usize], booked: &[Booked]) -> bool {
        let is_in_time = order
            .iter()
            .enumerate()
            .all(|(at, &earlier)| order[at..].iter().all(|&later| booked[later].ended > booked[earlier].called));
        let mut balance = 0;
        is_in_time
            && order.iter().all(|&index| {
                let Booked { booking, response, .. } = booked[index];
                let is_right = response.is_none_or(|response| response == Account::respond(&balance, &booking));
                balance = Account::apply(balance, &booking);
                is_right
            })
    }
    (0..1_u32 << booked.len()).any(|set| {
        let chosen: Vec<_> = (0..booked.len()).filter(|index| set & (1 << index) != 0).collect();
        let has_known = (0..booked.len()).all(|index| booked[index].response.is_none() || chosen.contains(&index));
        has_known && any_order(&mut Vec::new(), &chosen, booked)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..config() })]

    #[test]
    fn the_check_agrees_with_the_definition(turns in turns()) {
        let (history, booked) = play(&turns);
        prop_assert_eq!(history.check().is_ok(), is_linearizable(&booked), "{}", history);
    }
}

#[test]
fn the_generator_produces_histories_of_both_kinds() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut counts = [0, 0];
    for _ in 0..500 {
        let turns = proptest::strategy::ValueTree::current(&turns().new_tree(&mut runner).unwrap());
        counts[usize::from(is_linearizable(&play(&turns).1))] += 1;
    }
    assert!(counts[0] > 50 && counts[1] > 50, "{counts:?}");
}

/// Creates a history of a queue with four clients. Operations overlap, and take effect between call and return.
fn long(seed: u64, operations: usize) -> (History<Queue>, Option<testkit::linearizability::Call>) {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut history = History::new(Default::default());
    let mut items = std::collections::VecDeque::new();
    let mut open = [const { None }; 4];
    let mut left = [operations; 4];
    let mut last = None;
    while left.iter().any(|left| *left > 0) || open.iter().any(Option::is_some) {
        let client = rng.usize(0..4);
        match open[client].take() {
            None if left[client] == 0 => {}
            None => {
                left[client] -= 1;
                let operation = if rng.bool() { Push(rng.u8(0..3)) } else { Pop };
                open[client] = Some((history.call(&client.to_string(), operation), operation, None));
            }
            Some((call, operation, None)) => {
                let response = Queue::respond(&items, &operation);
                items = Queue::apply(items, &operation);
                open[client] = Some((call, operation, Some(response)));
            }
            Some((call, Pop, Some(_))) if left == [0; 4] && last.is_none() => last = Some(call),
            Some((call, _, Some(response))) => history.returned(call, response),
        }
    }
    (history, last)
}

#[test]
fn long_histories_of_four_clients_are_checked_quickly() {
    let begun = Instant::now();
    let mut refused = 0;
    for seed in 0..100 {
        let (history, _) = long(seed, 15);
        assert!(history.check().is_ok(), "{history}");
        let (mut history, last) = long(seed, 15);
        let Some(last) = last else { continue };
        // This item was never pushed.
        history.returned(last, Ok(Some(99)));
        assert!(history.check().is_err(), "{history}");
        refused += 1;
    }
    assert!(refused > 30, "{refused}");
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}

#[test]
fn many_unknown_operations_are_checked_quickly() {
    let begun = Instant::now();
    let mut history = History::<Register>::new(0);
    for number in 0..40 {
        let call = history.call(&format!("client {number}"), Put(number % 4));
        history.unknown(call);
        let get = history.call("reader", Get);
        history.returned(get, number % 4);
    }
    assert!(history.check().is_ok());
    let get = history.call("reader", Get);
    history.returned(get, 9);
    assert!(history.check().is_err());
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}

#[test]
fn an_unknown_operation_may_take_effect_late_or_never() {
    let mut history = History::<Register>::new(0);
    let put = history.call("writer", Put(1));
    history.unknown(put);
    for value in [0, 0, 1, 1] {
        let get = history.call("reader", Get);
        history.returned(get, value);
    }
    assert!(history.check().is_ok());
    let get = history.call("reader", Get);
    history.returned(get, 0);
    assert!(history.check().is_err(), "it takes effect once");
}

#[test]
fn any_subset_of_unknown_operations_may_have_taken_effect() {
    let mut history = History::<Account>::new(0);
    for amount in [1, 2, 3] {
        let add = history.call("depositor", Add(amount));
        history.unknown(add);
    }
    // If 1 and 2 took effect before the first one, nothing would remain for the second one.
    for balance in [3, 1] {
        let set = history.call("auditor", Set(0));
        history.returned(set, Some(balance));
    }
    assert!(history.check().is_ok());
    let set = history.call("auditor", Set(0));
    history.returned(set, Some(3));
    assert!(history.check().is_err(), "nothing is added twice");
}

#[test]
fn an_operation_that_has_not_returned_may_have_taken_effect() {
    for value in [0, 1] {
        let mut history = History::<Register>::new(0);
        let _ = history.call("writer", Put(1));
        let get = history.call("reader", Get);
        history.returned(get, value);
        assert!(history.check().is_ok());
    }
}

#[test]
#[should_panic(expected = "`a` calls Get while its call Put(1) is in progress")]
fn a_client_has_one_call_at_a_time() {
    let mut history = History::<Register>::new(0);
    let _ = history.call("a", Put(1));
    let _ = history.call("a", Get);
}

#[test]
#[should_panic(expected = "the call Get has already ended")]
fn a_call_ends_once() {
    let mut history = History::<Register>::new(0);
    let get = history.call("a", Get);
    history.returned(get, 0);
    history.unknown(get);
}
