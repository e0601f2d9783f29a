//! Errors as `anyhow` and `eyre` print them: each cause once, and none lost.

use std::io;
use std::sync::Arc;

use anyhow::Context;
use di_core::{Component, Container, HostError, component};

struct Store;

#[component]
impl Store {
    async fn new() -> Result<Self, io::Error> {
        Err(io::Error::other("disk is gone"))
    }
}

#[derive(Component)]
#[allow(dead_code)]
struct User {
    store: Arc<Store>,
}

#[derive(Container)]
#[allow(dead_code)]
struct Storage {
    #[component]
    store: Arc<Store>,
    #[component]
    user: Arc<User>,
}

#[derive(Container)]
#[allow(dead_code)]
struct App {
    #[module]
    storage: Storage,
}

async fn build_error() -> di_core::BuildError {
    App::builder().build().await.err().unwrap()
}

async fn start_error() -> HostError {
    App::builder().start().await.err().unwrap()
}

const CHAIN: [&str; 3] = [
    "could not build `App`: `storage` (Storage) failed",
    "could not build `Storage`: `store` (Store) failed",
    "disk is gone",
];

/// Returns the lines of an error that `main` returns, without the numbers of the causes.
fn printed(text: &str) -> Vec<&str> {
    let lines = text.lines().take_while(|line| !line.starts_with("Location") && !line.starts_with("Stack backtrace"));
    let lines = lines.map(|line| line.trim().trim_start_matches(|c: char| c.is_ascii_digit() || c == ':').trim());
    lines.filter(|line| !line.is_empty() && *line != "Caused by:").collect()
}

#[tokio::test]
async fn anyhow_and_eyre_print_each_cause_once() {
    let chain = CHAIN.join(": ");
    assert_eq!(format!("{:#}", anyhow::Error::from(build_error().await)), chain);
    assert_eq!(format!("{:#}", anyhow::Error::from(start_error().await)), chain);
    assert_eq!(printed(&format!("{:?}", anyhow::Error::from(build_error().await))), CHAIN);
    assert_eq!(printed(&format!("{:?}", eyre::Report::from(start_error().await))), CHAIN);
}

#[tokio::test]
async fn debug_shows_the_chain_with_dependents_and_times() {
    let text = format!("{:?}", start_error().await);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], CHAIN.join(": "));
    assert!(lines[1].starts_with("  after "), "{text}");
    assert!(
        lines[2].starts_with("  in `Storage`, after ") && lines[2].ends_with("; needed by `user` (User)"),
        "{text}"
    );
}

fn in_context() -> anyhow::Result<()> {
    Err(io::Error::other("no such key")).context("reading the config").context("no settings")
}

struct Worker {
    fails_early: bool,
}

#[component]
impl Worker {
    fn new(fails_early: bool) -> anyhow::Result<Self> {
        if fails_early {
            in_context()?;
        }
        Ok(Worker { fails_early })
    }

    #[run]
    async fn run(&self) -> anyhow::Result<()> {
        in_context()
    }

    #[stop]
    async fn stop(&self) -> Result<(), io::Error> {
        let cause = if self.fails_early { "early" } else { "late" };
        Err(io::Error::other(cause))
    }
}

#[derive(Container)]
#[allow(dead_code)]
struct Workers {
    #[input]
    fails_early: bool,
    #[component]
    worker: Arc<Worker>,
}

#[test]
fn nothing_of_a_context_is_lost() {
    let error = Workers::builder(true).build_sync().err().unwrap();
    assert_eq!(error.to_string(), "could not build `Workers`: `worker` (Worker) failed");
    let begin = "could not build `Workers`: `worker` (Worker) failed: no settings: reading the config: no such key\n";
    assert!(format!("{error:?}").starts_with(begin), "{error:?}");
    let chain: Vec<_> = anyhow::Error::from(error).chain().map(ToString::to_string).collect();
    assert_eq!(chain[1..], ["no settings", "reading the config", "no such key"]);
}

#[tokio::test]
async fn several_failures_keep_their_chains() {
    let host = Workers::builder(false).start().await.unwrap();
    let error = host.run_until(std::future::pending::<()>()).await.unwrap_err();
    assert_eq!(
        format!("{error:?}"),
        "`Workers`: 2 hooks failed\n  \
         #[run] of `worker` (Worker) failed: no settings: reading the config: no such key\n  \
         #[stop] of `worker` (Worker) failed: late"
    );
    assert_eq!(
        format!("{:#}", anyhow::Error::from(error.failures()[0].clone())),
        "#[run] of `worker` (Worker) failed: no settings: reading the config: no such key"
    );
    assert_eq!(
        format!("{:#}", anyhow::Error::from(error)),
        "`Workers`: #[run] of `worker` (Worker) failed, and 1 more hook failed: #[stop] of `worker` (Worker): \
         no settings: reading the config: no such key"
    );
}
