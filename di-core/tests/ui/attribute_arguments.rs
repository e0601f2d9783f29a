//! `#[input]` takes no arguments, `#[alias]` and `#[provide]` need one, and each message shows the form.

use std::sync::Arc;

use di_core::Container;

#[derive(Container)]
pub struct App {
    #[input(default)]
    name: Arc<str>,
    #[alias]
    alias: Arc<String>,
    #[provide()]
    provided: u8,
    #[alias(name, alias)]
    both: u16,
}

fn main() {}
