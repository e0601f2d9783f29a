//! Cost of starting a thousand async components: virtual time compared with the critical path, and real time for each.
//!
//! Generates a crate with a container over a random acyclic graph of components, and runs it under tokio's paused clock.
//! Each constructor sleeps for a while.
//!
//! ```text
//! cargo bench -p di-core --bench start_up
//! ```

#[path = "../generated/mod.rs"]
mod generated;

use std::fmt::Write;

use generated::GeneratedCrate;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

const COMPONENTS: usize = 1_000;

/// A component: its dependencies, and the milliseconds that its constructor sleeps.
type Component = (Vec<usize>, u64);

/// Returns random components, the same ones in each run.
fn components() -> Vec<Component> {
    let dependencies = prop::collection::vec(any::<prop::sample::Index>(), 0..4);
    let strategy = prop::collection::vec((dependencies, 1_u64..100), COMPONENTS);
    let tree = strategy.new_tree(&mut TestRunner::deterministic()).expect("nothing is filtered");
    let component = |(at, (list, sleep)): (usize, (Vec<prop::sample::Index>, u64))| {
        let mut dependencies: Vec<usize> = match at {
            0 => Vec::new(),
            _ => list.iter().map(|index| index.index(at)).collect(),
        };
        dependencies.sort_unstable();
        dependencies.dedup();
        (dependencies, sleep)
    };
    tree.current().into_iter().enumerate().map(component).collect()
}

/// Returns the duration of the longest path through the graph, in milliseconds.
fn critical_path(components: &[Component]) -> u64 {
    let mut ends: Vec<u64> = Vec::new();
    for (dependencies, sleep) in components {
        let start = dependencies.iter().map(|&dependency| ends[dependency]).max().unwrap_or(0);
        ends.push(start + sleep);
    }
    ends.into_iter().max().unwrap_or(0)
}

fn source(components: &[Component]) -> String {
    let mut source = include_str!("program.rs.txt").to_owned();
    for (at, (dependencies, sleep)) in components.iter().enumerate() {
        let parameters: String =
            dependencies.iter().map(|dependency| format!("_{dependency}: Arc<Type{dependency}>, ")).collect();
        _ = write!(
            source,
            "
pub struct Type{at};

#[component]
impl Type{at} {{
    pub async fn new({parameters}) -> Self {{
        construct({sleep}).await;
        Type{at}
    }}
}}
"
        );
    }
    let fields: String =
        (0..components.len()).map(|at| format!("    #[component] pub field_{at}: Arc<Type{at}>,\n")).collect();
    let sleeps: Vec<_> = components.iter().map(|(_, sleep)| sleep.to_string()).collect();
    _ = write!(
        source,
        "
#[derive(Container)]
pub struct App {{
{fields}}}

/// Time that each constructor sleeps, in milliseconds.
const SLEEPS: [u64; {}] = [{}];

/// Duration of the longest path through the graph, in milliseconds.
const CRITICAL_PATH: u64 = {};
",
        components.len(),
        sleeps.join(", "),
        critical_path(components)
    );
    source
}

fn main() {
    let tokio = "tokio = { version = \"1\", features = [\"rt\", \"time\", \"test-util\"] }";
    let futures = "futures-util = { version = \"0.3\", default-features = false, features = [\"std\"] }";
    let program = GeneratedCrate::new("start-up", &[&GeneratedCrate::di_core(), tokio, futures].join("\n"));
    program.write(&source(&components()));
    program.cargo(&["run", "--release"]);
}
