//! Tests with inputs, with the types of the inputs erased.

use std::any::Any;
use std::cell::Cell;
use std::fmt::{self, Debug, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, Reason, RngAlgorithm, TestRng, TestRunner};

use crate::executor::TestFn;
use crate::explorer::{IntoTestResult, TestFuture};
use crate::schedule::{Input, ShrinkStep};
use crate::sim::Sim;

/// A function that returns the named parts of an input.
pub(super) type Describe<V> = dyn for<'a> Fn(&'a V) -> Vec<(&'static str, &'a dyn Debug)> + Send + Sync;

/// A test with inputs.
pub(super) trait Subject {
    /// Generates an input, which can be displayed and simplified.
    ///
    /// # Errors
    /// Returns [`InputError`] if the strategy does not generate the input.
    fn tree(&self, input: &Input) -> Result<Box<dyn Tree>, InputError>;

    /// Returns the test with this input. Each run gets a new value of the input.
    fn test(&self, input: &Input) -> Arc<TestFn>;
}

/// An input with its type erased.
pub(super) trait Tree {
    /// Moves to a simpler input, or back. Returns whether there was one.
    fn step(&mut self, step: ShrinkStep) -> bool;

    /// Returns the named parts in one line.
    fn line(&self) -> String;

    /// Returns the named parts, pretty-printed in several lines.
    fn lines(&self) -> String;
}

/// Error returned when an input cannot be generated.
#[derive(Debug)]
pub(super) enum InputError {
    /// The strategy rejected too many values.
    Rejected(Reason),
    /// The strategy generates different inputs than before.
    Changed,
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InputError::Rejected(reason) => write!(f, "{reason}"),
            InputError::Changed => f.write_str("the strategy generates different inputs than before"),
        }
    }
}

/// Value of `cases` for the generation of an input; proptest's default. `prop_flat_map` uses `cases` to limit how often
/// it generates a value again while it simplifies, but an input must not depend on the number of inputs.
const MAX_REGENERATIONS: u32 = 256;

/// Generates the inputs of a test.
struct Generator<S> {
    strategy: Arc<dyn Fn() -> S + Send + Sync>,
    config: Config,
}

impl<S: Strategy> Generator<S> {
    fn tree(&self, input: &Input) -> Result<S::Tree, InputError> {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &input.seed);
        let config = Config { cases: MAX_REGENERATIONS, ..self.config.clone() };
        let mut runner = TestRunner::new_with_rng(config, rng);
        let mut tree = (self.strategy)().new_tree(&mut runner).map_err(InputError::Rejected)?;
        match input.shrink_steps.iter().all(|&made| step(&mut tree, made)) {
            true => Ok(tree),
            false => Err(InputError::Changed),
        }
    }
}

fn step(tree: &mut impl ValueTree, step: ShrinkStep) -> bool {
    match step {
        ShrinkStep::Simplify => tree.simplify(),
        ShrinkStep::Complicate => tree.complicate(),
    }
}

/// A test with inputs of a known type.
pub(super) struct TypedSubject<S: Strategy, F> {
    generator: Arc<Generator<S>>,
    describe: Arc<Describe<S::Value>>,
    test: Arc<F>,
}

impl<S: Strategy, F> TypedSubject<S, F> {
    pub(super) fn new(
        strategy: Arc<dyn Fn() -> S + Send + Sync>,
        describe: Arc<Describe<S::Value>>,
        config: Config,
        test: F,
    ) -> Self {
        TypedSubject { generator: Arc::new(Generator { strategy, config }), describe, test: Arc::new(test) }
    }
}

impl<S, F, R> Subject for TypedSubject<S, F>
where
    S: Strategy + 'static,
    F: Fn(Sim, S::Value) -> R + Send + Sync + 'static,
    R: Future<Output: IntoTestResult> + 'static,
{
    fn tree(&self, input: &Input) -> Result<Box<dyn Tree>, InputError> {
        let tree = self.generator.tree(input)?;
        Ok(Box::new(DescribedTree { tree, describe: self.describe.clone() }))
    }

    fn test(&self, input: &Input) -> Arc<TestFn> {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let (generator, test, input) = (self.generator.clone(), self.test.clone(), input.clone());
        Arc::new(move || {
            let sim = Sim::current();
            let value = cached_value(id, || {
                generator
                    .tree(&input)
                    .unwrap_or_else(|problem| panic!("the strategy did not generate the same input again: {problem}"))
            });
            Box::pin(TestFuture { sim, test: test(sim, value) })
        })
    }
}

thread_local! {
    /// The latest input of this thread and the id of its test. Most runs use the same input as the run before.
    static CACHED_TREE: Cell<Option<(u64, Box<dyn Any>)>> = const { Cell::new(None) };
}

/// Returns the value of the tree with `id`. Creates the tree unless it is this thread's cached one.
fn cached_value<T: ValueTree + 'static>(id: u64, make: impl FnOnce() -> T) -> T::Value {
    let cached = CACHED_TREE.take().filter(|(cached, _)| *cached == id);
    let tree = cached.and_then(|(_, tree)| tree.downcast::<T>().ok()).unwrap_or_else(|| Box::new(make()));
    let value = tree.current();
    CACHED_TREE.set(Some((id, tree)));
    value
}

struct DescribedTree<T: ValueTree> {
    tree: T,
    describe: Arc<Describe<T::Value>>,
}

impl<T: ValueTree> Tree for DescribedTree<T> {
    fn step(&mut self, made: ShrinkStep) -> bool {
        step(&mut self.tree, made)
    }

    fn line(&self) -> String {
        let value = self.tree.current();
        let parts = (self.describe)(&value).into_iter().map(|(name, part)| format!("{name} = {part:?}"));
        parts.collect::<Vec<_>>().join(", ")
    }

    fn lines(&self) -> String {
        let value = self.tree.current();
        let mut text = String::new();
        for (name, part) in (self.describe)(&value) {
            let separator = if text.is_empty() { "" } else { "\n" };
            _ = write!(text, "{separator}{name} = {part:#?}");
        }
        text
    }
}
