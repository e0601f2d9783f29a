use std::sync::Arc;

use di_core::{Component, Container};

#[derive(Component)]
struct Memory;

#[derive(Component)]
struct Sql;

trait Store: Send + Sync {}

impl Store for Memory {}
impl Store for Sql {}

#[derive(Container)]
struct App {
    #[input]
    is_sql: bool,
    // A misspelled selector.
    #[choose(is_sq, true => Sql, false => Memory)]
    misspelled: Arc<dyn Store>,
    #[choose]
    bare: Arc<u8>,
    // No alternatives.
    #[choose(is_sql)]
    empty: Arc<u16>,
    // A selector that is not a field.
    #[choose(is_sql(), true => Sql)]
    called: Arc<u32>,
    // Not an `Option`.
    #[component]
    #[if_needed]
    needed: Arc<Memory>,
    // Supplied whether it is needed or not.
    #[input]
    #[if_needed]
    input: Option<u64>,
    #[component]
    #[if_needed(always)]
    argument: Option<Arc<Sql>>,
}

fn main() {}
