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

/// A test with inputs under way.
pub(super) struct Trial<'a> {
    pub(super) explorer: Explorer,
    /// Where the test was started.
    pub(super) site: &'static Location<'static>,
    pub(super) subject: &'a dyn Subject,
    pub(super) config: Config,
    pub(super) quota: Quota,
}

impl Trial<'_> {
    /// Runs the test with one input after the other, until one fails; in a soak, until time is up.
    pub(super) fn run(self) -> Outcome {
        if let Some(schedule) = &self.explorer.replay {
            return self.replay(schedule);
        }
        let progress = Arc::new(Progress::default());
        let mut cases = FailingCases::new(self.explorer.continues_after_failure(), progress.clone());
        let is_endless = self.quota.inputs == usize::MAX;
        let mut count = Count { is_exhaustive: true, is_endless, ..Count::default() };
        let mut run_all = || self.run_all(&mut cases, &mut count);
        let soaked = self.explorer.soak_time().map(|time| {
            let begun = Instant::now();
            soak(&self.explorer, self.site, time, move || progress.status(begun, time), &mut run_all)
        });
        if soaked.is_none() {
            run_all();
        }
        let failures: Vec<_> = cases.into_reported().map(|(case, count)| self.report(case, count)).collect();
        Outcome { soaked, ..count.outcome(failures) }
    }

    /// Runs the test with the inputs that were kept, and with others.
    fn run_all(&self, cases: &mut FailingCases, count: &mut Count) {
        let kept = kept::load(&self.config);
        for (place, input) in kept.iter().enumerate() {
            let origin = format!("input {} of {} that were kept", place + 1, kept.len());
            // What has failed before has half of the time.
            let explorer = self.explorer_of(self.explorer.seed, 2 * (kept.len() - place));
            let case = self.run_with(explorer, input, origin, true, count);
            cases.add(&count.coverage, case);
            if cases.is_over() {
                return;
            }
        }
        let Shard { index: part, count: parts } = self.explorer.shard;
        let inputs_left = |number: usize| (self.quota.inputs - number).div_ceil(parts);
        let seed = self.input_seed();
        for number in (part..self.quota.inputs).step_by(parts) {
            if number > part && self.quota.is_over() {
                count.leave(inputs_left(number), &self.explorer_of(seed, 1));
                return;
            }
            let input = Input::new(seed_of(seed, number));
            let origin = match self.quota.inputs {
                usize::MAX => format!("input {}", number + 1),
                inputs => format!("input {} of {inputs}", number + 1),
            };
            let explorer = self.explorer_of(mixed(self.explorer.seed, number + 1), inputs_left(number));
            let case = self.run_with(explorer, &input, origin, false, count);
            cases.add(&count.coverage, case);
            if cases.is_over() {
                return;
            }
        }
    }

    /// Runs the test with an input. Returns what is known of it if it fails.
    fn run_with(
        &self,
        explorer: Explorer,
        input: &Input,
        origin: String,
        is_kept: bool,
        count: &mut Count,
    ) -> Option<FailingCase> {
        let tree = self.subject.tree(input).unwrap_or_else(|problem| {
            panic!(
                "{origin} could not be made: {problem}. Have the strategy reject less: loosen its filters, or make what \
                 passes them at once, by `prop_map`"
            )
        });
        let result = find_failure(explorer.clone(), self.site, &self.subject.test(input));
        let earlier = count.add(&result);
        let failing = FailingInput { input: input.clone(), schedule: result.failing.clone()?, line: tree.line() };
        Some(FailingCase { failing, result, explorer, origin, is_kept, earlier })
    }

    /// The failure with the simplest such input, which is kept. It is one of `count` that fail alike.
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

    /// Runs one schedule, with the input that it tells.
    fn replay(&self, schedule: &Schedule) -> Outcome {
        let Some(input) = &schedule.input else {
            panic!(
                "the schedule `{schedule}` is replayed, and tells no input, which this test takes: copy the whole of what \
                 its report prints behind TESTKIT_REPLAY, with `;input=` at its end. A schedule of another test cannot be \
                 replayed here"
            );
        };
        if let Err(problem) = self.subject.tree(input) {
            panic!(
                "the schedule `{schedule}` is replayed, and its input cannot be made again: {problem}. Run the test without \
                 TESTKIT_REPLAY, and replay what it reports then"
            );
        }
        let explorer = self.explorer.clone();
        let result = find_failure(explorer, self.site, &self.subject.test(input));
        let failure = result.failing.clone().map(|mut failing| {
            failing.schedule.input = Some(input.clone());
            self.with_input(result.explain(failing), input, "the input of the schedule that is replayed".to_owned(), 0)
        });
        let SearchResult { coverage, search_time, .. } = result;
        Count { coverage, search_time, ..Count::default() }.outcome(failure.into_iter().collect())
    }

    /// A failure that tells its input.
    fn with_input(&self, failure: Failure, input: &Input, origin: String, earlier: usize) -> Failure {
        failure.with_input(InputText { origin, text: self.tree(input).lines() }, earlier)
    }

    /// An input that was made before.
    pub(super) fn tree(&self, input: &Input) -> Box<dyn Tree> {
        self.subject.tree(input).unwrap_or_else(|problem| {
            panic!(
                "the strategy does not make an input again that it has made: {problem}. It must depend on the generator \
                 alone that proptest gives it, and on no `static`, no order of a `HashMap` and no time"
            )
        })
    }

    /// The explorer of an input, which is one of so many that are left.
    fn explorer_of(&self, seed: u64, left: usize) -> Explorer {
        Explorer {
            schedules: self.quota.schedules,
            time: self.quota.share(left),
            // Inputs are divided up, and not their schedules.
            shard: Shard::WHOLE,
            is_soak: false,
            seed,
            ..self.explorer.clone()
        }
    }

    /// What the seeds of all inputs depend on.
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

/// What has been run so far.
#[derive(Default)]
struct Count {
    coverage: Coverage,
    search_time: Duration,
    is_exhaustive: bool,
    /// Whether there are as many inputs as there is time for.
    is_endless: bool,
}

impl Count {
    /// Adds the schedules of an input. Returns how many there were before.
    fn add(&mut self, result: &SearchResult) -> usize {
        self.is_exhaustive &= result.is_exhaustive;
        let earlier = self.coverage.schedules();
        self.coverage.add(result.coverage);
        self.search_time += result.search_time;
        earlier
    }

    /// There is no time for so many inputs, each of which would be run with such an explorer.
    fn leave(&mut self, inputs: usize, explorer: &Explorer) {
        self.is_exhaustive = false;
        if explorer.exhaustive.is_none() {
            let schedules = inputs.saturating_mul(explorer.count());
            self.coverage.skipped = self.coverage.skipped.saturating_add(schedules);
        }
    }

    fn outcome(mut self, failures: Vec<Failure>) -> Outcome {
        let is_exhaustive = self.is_exhaustive && failures.is_empty();
        if self.is_endless || !failures.is_empty() {
            self.coverage.skipped = 0;
        }
        let Count { coverage, search_time, .. } = self;
        Outcome { coverage, search_time, is_exhaustive, failures, soaked: None }
    }
}

/// The seed of one input. Most of it is zero, which its generator does not mind, and its text is short.
fn seed_of(seed: u64, number: usize) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&mixed(seed, number + 1).to_be_bytes());
    bytes
}
