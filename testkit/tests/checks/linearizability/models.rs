//! Sequential models of the tested components.

use std::collections::VecDeque;

use proptest::collection::vec_deque;
use proptest::prelude::*;
use testkit::linearizability::{Model, ReferenceStateMachine};

/// A single value.
pub(crate) struct Register;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Put(u8),
    Get,
}

pub(crate) use Access::{Get, Put};

impl ReferenceStateMachine for Register {
    type State = u8;
    type Transition = Access;

    fn init_state() -> BoxedStrategy<u8> {
        Just(0).boxed()
    }

    fn transitions(_: &u8) -> BoxedStrategy<Access> {
        prop_oneof![Just(Get), (1_u8..4).prop_map(Put)].boxed()
    }

    fn apply(value: u8, access: &Access) -> u8 {
        match access {
            Put(new) => *new,
            Get => value,
        }
    }
}

/// A put returns the new value.
impl Model for Register {
    type Response = u8;

    fn respond(value: &u8, access: &Access) -> u8 {
        Register::apply(*value, access)
    }
}

/// A counter.
pub(crate) struct Counter;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    Increment,
    Read,
}

impl ReferenceStateMachine for Counter {
    type State = u32;
    type Transition = Count;

    fn init_state() -> BoxedStrategy<u32> {
        Just(0).boxed()
    }

    fn transitions(_: &u32) -> BoxedStrategy<Count> {
        prop_oneof![Just(Count::Increment), Just(Count::Read)].boxed()
    }

    fn apply(count: u32, operation: &Count) -> u32 {
        match operation {
            Count::Increment => count + 1,
            Count::Read => count,
        }
    }
}

/// Only a read returns the value.
impl Model for Counter {
    type Response = Option<u32>;

    fn respond(count: &u32, operation: &Count) -> Option<u32> {
        match operation {
            Count::Increment => None,
            Count::Read => Some(*count),
        }
    }
}

/// A queue with room for two items.
pub(crate) struct Queue;

pub(crate) const CAPACITY: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Push(u8),
    Pop,
}

pub(crate) use Line::{Pop, Push};

impl ReferenceStateMachine for Queue {
    type State = VecDeque<u8>;
    type Transition = Line;

    fn init_state() -> BoxedStrategy<VecDeque<u8>> {
        vec_deque(0_u8..4, 0..=CAPACITY).boxed()
    }

    fn transitions(_: &VecDeque<u8>) -> BoxedStrategy<Line> {
        prop_oneof![Just(Pop), (0_u8..4).prop_map(Push)].boxed()
    }

    fn apply(mut items: VecDeque<u8>, operation: &Line) -> VecDeque<u8> {
        match operation {
            Push(item) if items.len() < CAPACITY => items.push_back(*item),
            Push(_) => {}
            Pop => drop(items.pop_front()),
        }
        items
    }
}

/// A push returns `Ok` if there was room, and a pop returns the item.
impl Model for Queue {
    type Response = Result<Option<u8>, Full>;

    fn respond(items: &VecDeque<u8>, operation: &Line) -> Result<Option<u8>, Full> {
        match operation {
            Push(_) if items.len() < CAPACITY => Ok(None),
            Push(_) => Err(Full),
            Pop => Ok(items.front().copied()),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;
