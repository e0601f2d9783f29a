//! A type of another crate cannot be a component; a provider makes it.
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use di_core::Container;

#[derive(Container)]
struct App {
    #[component]
    cache: Arc<Mutex<HashMap<u8, u8>>>,
}

fn main() {}
