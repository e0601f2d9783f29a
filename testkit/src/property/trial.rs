//! Runs a test with its kept inputs, then with new ones.

use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::test_runner::{Config, RngSeed};

use super::cases::{FailingCase, FailingCases, Progress};
use super::kept;
use super::quota::Quota;
use super::simplify::{FailingInput, simplest};
use super::subject::{Subject, Tree};
use crate::executor::TestFn;
use crate::explorer::{Explorer, SearchResult, Shard, find_failure, mixed, soak};
use crate::failure::{Coverage, Failure, InputText, Outcome};
use crate::schedule::{Input, Schedule};

/// A running test with inputs.
pub(super) struct Trial<'a> {
    pub(super) explorer: Explorer,
    /// Source location at which the test was started.
    pub(super) site: &'static Location<'static>,
    pub(super) subject: &'a dyn Subject,
    pub(super) config: Config,
    pub(super) quota: Quota,
}

impl Trial<'_> {
    /// Runs the test with one input after another, until one fails, or until the time of a soak is up.
    pub(super) fn run(self) -> Outcome {
        if let Some(schedule) = &self.explorer.replay {
            return self.replay(schedule);
        }
        let progress = Arc::new(Progress::default());
        let mut cases = FailingCases::new(self.explorer.continues_after_failure(), progress.clone());
        let is_unlimited = self.quota.inputs == usize::MAX;
        let mut totals = Totals { is_exhaustive: true, is_unlimited, ..Totals::default() };
        let mut run_all = || self.run_all(&mut cases, &mut totals);
        let soak_status = self.explorer.soak_time().map(|time| {
            let begun = Instant::now();
            soak(&self.explorer, self.site, time, move || progress.status(begun, time), &mut run_all)
        });
        if soak_status.is_none() {
            run_all();
        }
        let failures: Vec<_> = cases.into_reported().map(|(case, count)| self.report(case, count)).collect();
        Outcome { soak_status, ..totals.outcome(failures) }
    }

    /// Runs the test with the kept inputs, then with new ones.
    fn run_all(&self, cases: &mut FailingCases, totals: &mut Totals) {
        let kept = kept::load(&self.config);
        for (index, input) in kept.iter().enumerate() {
            let origin = format!("kept input {} of {}", index + 1, kept.len());
            // Counts each kept input twice, so the kept inputs share half of the time.
            let explorer = self.input_explorer(self.explorer.seed, 2 * (kept.len() - index));
            let case = self.run_with(explorer, input, origin, true, totals);
            cases.add(&totals.coverage, case);
            if cases.is_over() {
                return;
            }
        }
        let shard = self.explorer.shard;
        let inputs_left = |number: usize| (self.quota.inputs - number).div_ceil(shard.count);
        let seed = self.input_seed();
        for number in (shard.index..self.quota.inputs).step_by(shard.count) {
            if number > shard.index && self.quota.is_over() {
                totals.skip_inputs(inputs_left(number), &self.input_explorer(seed, 1));
                return;
            }
            let input = Input::new(seed_of(seed, number));
            let origin = match self.quota.inputs {
                usize::MAX => format!("input {}", number + 1),
                inputs => format!("input {} of {inputs}", number + 1),
            };
            let explorer = self.input_explorer(mixed(self.explorer.seed, number + 1), inputs_left(number));
            let case = self.run_with(explorer, &input, origin, false, totals);
            cases.add(&totals.coverage, case);
            if cases.is_over() {
                return;
            }
        }
    }

    /// Runs the test with an input. Returns the failing case if the test fails.
    fn run_with(
        &self,
        explorer: Explorer,
        input: &Input,
        origin: String,
        is_kept: bool,
        totals: &mut Totals,
    ) -> Option<FailingCase> {
        let tree = self.subject.tree(input).unwrap_or_else(|problem| {
            panic!(
                "{origin} could not be generated: {problem}. Loosen the filters of the strategy, or generate valid \
                 values directly with `prop_map`"
            )
        });
        let result = find_failure(explorer.clone(), self.site, &self.subject.test(input));
        let earlier = totals.add(&result);
        let failing = FailingInput { input: input.clone(), schedule: result.failing.clone()?, line: tree.line() };
        Some(FailingCase { failing, result, explorer, origin, is_kept, earlier })
    }

    /// Simplifies the input of a failing case, keeps it, and returns the failure. `count` schedules failed alike.
    fn report(&self, case: FailingCase, count: usize) -> Failure {
        let FailingCase { failing, result, explorer, origin, is_kept, earlier } = case;
        let first = failing.input.clone();
        let (failing, failure) = simplest(self, &explorer, failing, &result);
        if !is_kept {
            kept::save(&self.config, &first, &failing.line);
        }
        let simplified = if failing.input.shrink_steps.is_empty() { "" } else { ", simplified" };
        self.with_input(failure.with_count(count), &failing.input, format!("{origin}{simplified}"), earlier)
    }

    /// Runs one schedule with the input that it contains.
    fn replay(&self, schedule: &Schedule) -> Outcome {
        let Some(input) = &schedule.input else {
            panic!(
                "cannot replay the schedule `{schedule}`: it contains no input, but this test takes inputs. Copy the \
                 whole text that its report prints after `TESTKIT_REPLAY=`, including `;input=` at the end; the \
                 schedule of another test cannot be replayed here"
            );
        };
        if let Err(problem) = self.subject.tree(input) {
            panic!(
                "cannot replay the schedule `{schedule}`: its input cannot be generated again: {problem}. Run the test \
                 without TESTKIT_REPLAY, and replay the schedule that it reports then"
            );
        }
        let explorer = self.explorer.clone();
        let result = find_failure(explorer, self.site, &self.subject.test(input));
        let failure = result.failing.clone().map(|mut failing| {
            failing.schedule.input = Some(input.clone());
            self.with_input(result.explain(failing), input, "input of the replayed schedule".to_owned(), 0)
        });
        let SearchResult { coverage, search_time, .. } = result;
        Totals { coverage, search_time, ..Totals::default() }.outcome(failure.into_iter().collect())
    }

    /// Adds the input to a failure.
    fn with_input(&self, failure: Failure, input: &Input, origin: String, earlier: usize) -> Failure {
        failure.with_input(InputText { origin, text: self.tree(input).lines() }, earlier)
    }

    /// Generates an input again.
    pub(super) fn tree(&self, input: &Input) -> Box<dyn Tree> {
        self.subject.tree(input).unwrap_or_else(|problem| {
            panic!(
                "the strategy did not generate the same input again: {problem}. It must depend only on the random \
                 number generator that proptest passes to it, not on statics, the order of a `HashMap` or the time"
            )
        })
    }

    /// Returns the explorer for the next of `inputs_left` inputs.
    fn input_explorer(&self, seed: u64, inputs_left: usize) -> Explorer {
        Explorer {
            schedules: self.quota.schedules,
            time: self.quota.share(inputs_left),
            // Shards divide the inputs, not their schedules.
            shard: Shard::WHOLE,
            is_soak: false,
            seed,
            ..self.explorer.clone()
        }
    }

    /// Returns the seed from which the seeds of all inputs are derived.
    fn input_seed(&self) -> u64 {
        match self.config.rng_seed {
            RngSeed::Fixed(seed) => seed,
            RngSeed::Random => self.explorer.seed,
        }
    }

    pub(super) fn test(&self, input: &Input) -> Arc<TestFn> {
        self.subject.test(input)
    }
}

/// Totals of all inputs so far.
#[derive(Default)]
struct Totals {
    coverage: Coverage,
    search_time: Duration,
    is_exhaustive: bool,
    /// Whether only the time limits the number of inputs.
    is_unlimited: bool,
}

impl Totals {
    /// Adds the schedules of an input. Returns the number of schedules before it.
    fn add(&mut self, result: &SearchResult) -> usize {
        self.is_exhaustive &= result.is_exhaustive;
        let earlier = self.coverage.schedules();
        self.coverage.add(result.coverage);
        self.search_time += result.search_time;
        earlier
    }

    /// Counts inputs that were skipped for lack of time. `explorer` would have run each of them.
    fn skip_inputs(&mut self, inputs: usize, explorer: &Explorer) {
        self.is_exhaustive = false;
        if explorer.exhaustive.is_none() {
            let schedules = inputs.saturating_mul(explorer.count());
            self.coverage.skipped = self.coverage.skipped.saturating_add(schedules);
        }
    }

    fn outcome(mut self, failures: Vec<Failure>) -> Outcome {
        let is_exhaustive = self.is_exhaustive && failures.is_empty();
        if self.is_unlimited || !failures.is_empty() {
            self.coverage.skipped = 0;
        }
        let Totals { coverage, search_time, .. } = self;
        Outcome { coverage, search_time, is_exhaustive, failures, soak_status: None }
    }
}

/// Returns the seed of one input. Most of its bytes are zero, which keeps its text short and does not affect the
/// generator.
fn seed_of(seed: u64, number: usize) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&mixed(seed, number + 1).to_be_bytes());
    bytes
}
