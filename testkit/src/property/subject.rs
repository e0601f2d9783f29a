//! A test and its inputs, of whatever types they are.

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

/// The parts of an input, by name.
pub(super) type Describe<V> = dyn for<'a> Fn(&'a V) -> Vec<(&'static str, &'a dyn Debug)> + Send + Sync;

/// A test with inputs.
pub(super) trait Subject {
    /// An input, to be looked at and to be made simpler.
    ///
    /// # Errors
    /// [`NoInput`], if the strategy does not make it.
    fn tree(&self, input: &Input) -> Result<Box<dyn Tree>, NoInput>;

    /// The test with this input, which is made anew for each run.
    fn test(&self, input: &Input) -> Arc<TestFn>;
}

/// An input of a type that is not told.
pub(super) trait Tree {
    /// Moves to a simpler input, or back. Returns whether there was one.
    fn step(&mut self, step: ShrinkStep) -> bool;

    /// Its parts by name, each in one line.
    fn line(&self) -> String;

    /// The same, in as many lines as it takes.
    fn lines(&self) -> String;
}

/// Why there is no such input.
#[derive(Debug)]
pub(super) enum NoInput {
    /// The strategy has given up.
    Rejected(Reason),
    /// It makes others than it did.
    Changed,
}

impl fmt::Display for NoInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoInput::Rejected(reason) => write!(f, "{reason}"),
            NoInput::Changed => f.write_str("the strategy makes others than it did"),
        }
    }
}

/// By how many cases there are, proptest's `prop_flat_map` also limits how often it makes a value anew that is made simpler. An
/// input is to be the same one however many others there are: this is proptest's default.
const REGENERATED: u32 = 256;

/// Makes inputs of a type.
struct Making<S> {
    strategy: Arc<dyn Fn() -> S + Send + Sync>,
    config: Config,
}

impl<S: Strategy> Making<S> {
    fn tree(&self, input: &Input) -> Result<S::Tree, NoInput> {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &input.seed);
        let config = Config { cases: REGENERATED, ..self.config.clone() };
        let mut runner = TestRunner::new_with_rng(config, rng);
        let mut tree = (self.strategy)().new_tree(&mut runner).map_err(NoInput::Rejected)?;
        match input.shrink_steps.iter().all(|&made| step(&mut tree, made)) {
            true => Ok(tree),
            false => Err(NoInput::Changed),
        }
    }
}

fn step(tree: &mut impl ValueTree, step: ShrinkStep) -> bool {
    match step {
        ShrinkStep::Simplify => tree.simplify(),
        ShrinkStep::Complicate => tree.complicate(),
    }
}

/// A test whose inputs are of a type.
pub(super) struct Typed<S: Strategy, F> {
    making: Arc<Making<S>>,
    describe: Arc<Describe<S::Value>>,
    test: Arc<F>,
}

impl<S: Strategy, F> Typed<S, F> {
    pub(super) fn new(
        strategy: Arc<dyn Fn() -> S + Send + Sync>,
        describe: Arc<Describe<S::Value>>,
        config: Config,
        test: F,
    ) -> Self {
        Typed { making: Arc::new(Making { strategy, config }), describe, test: Arc::new(test) }
    }
}

impl<S, F, R> Subject for Typed<S, F>
where
    S: Strategy + 'static,
    F: Fn(Sim, S::Value) -> R + Send + Sync + 'static,
    R: Future<Output: IntoTestResult> + 'static,
{
    fn tree(&self, input: &Input) -> Result<Box<dyn Tree>, NoInput> {
        let tree = self.making.tree(input)?;
        Ok(Box::new(Described { tree, describe: self.describe.clone() }))
    }

    fn test(&self, input: &Input) -> Arc<TestFn> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let (making, test, input) = (self.making.clone(), self.test.clone(), input.clone());
        Arc::new(move || {
            let sim = Sim::current();
            let value = of_thread(number, || {
                making
                    .tree(&input)
                    .unwrap_or_else(|problem| panic!("an input that was made is not made again: {problem}"))
            });
            Box::pin(TestFuture { sim, test: test(sim, value) })
        })
    }
}

thread_local! {
    /// The input that this thread runs a test with, and its number: most runs are of the one before.
    static TREE: Cell<Option<(u64, Box<dyn Any>)>> = const { Cell::new(None) };
}

/// The value of this thread's tree number `number`, which is made if it is another.
fn of_thread<T: ValueTree + 'static>(number: u64, make: impl FnOnce() -> T) -> T::Value {
    let kept = TREE.take().filter(|(kept, _)| *kept == number);
    let tree = kept.and_then(|(_, tree)| tree.downcast::<T>().ok()).unwrap_or_else(|| Box::new(make()));
    let value = tree.current();
    TREE.set(Some((number, tree)));
    value
}

struct Described<T: ValueTree> {
    tree: T,
    describe: Arc<Describe<T::Value>>,
}

impl<T: ValueTree> Tree for Described<T> {
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
