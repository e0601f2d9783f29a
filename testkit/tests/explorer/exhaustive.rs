//! `exhaustive = k` runs every schedule with at most `k` deviations (choices other than the default) exactly once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use testkit::{Explorer, FailureKind, Sim};
use tokio::sync::{Mutex as AsyncMutex, Semaphore};

use crate::support::{MILLISECOND, failure, printed, run_alone};

/// A step of a task in a small program.
#[derive(Clone, Copy, Debug)]
enum Act {
    Yield,
    /// A tokio operation that completes immediately. The task may be preempted before it.
    Operate,
    Choose(usize),
}

/// The steps of a run, in order. Each is a task, the index of its step, and its choice.
type Trace = Vec<(usize, usize, usize)>;

/// A model of a run that shares no code with testkit. Makes the given decisions, then takes the default, which is 0.
/// Records the number of alternatives of each decision.
struct Model<'a> {
    program: &'a [Vec<Act>],
    decisions: &'a [usize],
    ways: Vec<usize>,
    trace: Trace,
    /// Tasks that were preempted before their next operation.
    stopped: Vec<bool>,
}

impl Model<'_> {
    fn decide(&mut self, ways: usize) -> usize {
        self.ways.push(ways);
        self.decisions.get(self.ways.len() - 1).copied().unwrap_or(0)
    }

    fn run(&mut self) {
        // Task 0 spawns the others and awaits them one by one.
        let mut next = vec![0; self.program.len() + 1];
        let mut is_done = vec![false; self.program.len() + 1];
        let mut awaited = 1;
        let mut line: VecDeque<usize> = (1..=self.program.len()).collect();
        while !line.is_empty() {
            let place = if line.len() > 1 { self.decide(line.len()) } else { 0 };
            let task = line.remove(place).unwrap();
            if task == 0 {
                while awaited < is_done.len() && is_done[awaited] {
                    awaited += 1;
                }
                continue;
            }
            let goes_on = self.poll(task, &mut next[task]);
            is_done[task] = !goes_on;
            if is_done[task] && awaited == task {
                line.push_back(0);
            }
            if goes_on {
                line.push_back(task);
            }
        }
    }

    /// Polls a task once. Returns whether it continues.
    fn poll(&mut self, task: usize, next: &mut usize) -> bool {
        let program = self.program;
        while let Some(act) = program[task - 1].get(*next) {
            let chosen = match *act {
                Act::Operate if !self.stopped[task] && self.decide(2) == 1 => {
                    self.stopped[task] = true;
                    return true;
                }
                Act::Choose(ways) => self.decide(ways),
                _ => 0,
            };
            self.stopped[task] = false;
            self.trace.push((task, *next, chosen));
            *next += 1;
            if matches!(act, Act::Yield) {
                return true;
            }
        }
        false
    }
}

/// Collects the traces of all schedules with at most `bound` decisions other than 0, by brute force.
fn brute_force(program: &[Vec<Act>], bound: usize, decisions: &mut Vec<usize>, all: &mut Vec<Trace>) {
    let mut model =
        Model { program, decisions, ways: Vec::new(), trace: Vec::new(), stopped: vec![false; program.len() + 1] };
    model.run();
    let Model { ways, trace, .. } = model;
    all.push(trace);
    if bound == 0 {
        return;
    }
    let length = decisions.len();
    for (at, ways) in ways.into_iter().enumerate().skip(length) {
        for way in 1..ways {
            decisions.resize(at, 0);
            decisions.push(way);
            brute_force(program, bound - 1, decisions, all);
            decisions.truncate(length);
        }
    }
}

/// Returns the number of schedules that the explorer ran, and their traces.
fn explored(program: &[Vec<Act>], bound: usize, jobs: usize) -> (usize, Vec<Trace>) {
    let (program, all) = (Arc::new(program.to_vec()), Arc::new(Mutex::new(Vec::new())));
    let seen = all.clone();
    let explorer = Explorer::new().exhaustive(bound).jobs(jobs).check_determinism(false);
    let outcome = explorer.run(move |sim: Sim| {
        let (program, trace, seen) = (program.clone(), Arc::new(Mutex::new(Vec::new())), seen.clone());
        async move {
            let tasks: Vec<_> = (0..program.len())
                .map(|at| sim.spawn("task", act(sim, program[at].clone(), at + 1, trace.clone())))
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
            // The explorer repeats some runs to learn which choices follow.
            let trace = std::mem::take(&mut *trace.lock().unwrap());
            seen.lock().unwrap().push(trace);
        }
    });
    assert!(outcome.failure().is_none() && outcome.is_exhaustive());
    let all = std::mem::take(&mut *all.lock().unwrap());
    (outcome.schedules_run(), all)
}

async fn act(sim: Sim, acts: Vec<Act>, task: usize, trace: Arc<Mutex<Trace>>) {
    let semaphore = Semaphore::new(1_000);
    for (at, act) in acts.into_iter().enumerate() {
        let mut chosen = 0;
        match act {
            Act::Yield => {}
            Act::Operate => semaphore.acquire().await.unwrap().forget(),
            Act::Choose(ways) => chosen = sim.choose(ways),
        }
        trace.lock().unwrap().push((task, at, chosen));
        if matches!(act, Act::Yield) {
            tokio::task::yield_now().await;
        }
    }
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![Just(Act::Yield), Just(Act::Operate), (2_usize..4).prop_map(Act::Choose)]
}

fn sorted_and_distinct(mut traces: Vec<Trace>) -> Vec<Trace> {
    traces.sort();
    traces.dedup();
    traces
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_schedules_are_those_that_brute_force_finds(
        program in prop::collection::vec(prop::collection::vec(any_act(), 0..4), 0..4),
        bound in 0_usize..4,
        jobs in 1_usize..3,
    ) {
        let mut expected = Vec::new();
        brute_force(&program, bound, &mut Vec::new(), &mut expected);
        let (count, seen) = explored(&program, bound, jobs);
        prop_assert_eq!(count, expected.len());
        prop_assert_eq!(sorted_and_distinct(seen), sorted_and_distinct(expected));
    }
}

/// Two tasks that take two locks in opposite order.
async fn crossing(sim: Sim) {
    let locks = [Arc::new(AsyncMutex::new(())), Arc::new(AsyncMutex::new(()))];
    let tasks: Vec<_> = [(0, 1), (1, 0)]
        .into_iter()
        .map(|(one, other)| {
            let (one, other) = (locks[one].clone(), locks[other].clone());
            sim.spawn("crossing", async move {
                let _one = one.lock().await;
                let _other = other.lock().await;
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[test]
fn the_first_failing_schedule_has_the_fewest_deviations() {
    assert!(Explorer::new().exhaustive(0).run(crossing).is_exhaustive());
    let failure = failure(Explorer::new().exhaustive(3).shrink(false), crossing);
    assert_eq!(failure.kind(), FailureKind::Deadlock);
    assert_eq!(failure.choices().len(), 1, "{failure}");
    let again = Explorer::new().replay(failure.schedule()).run(crossing);
    assert_eq!(again.failure().map(testkit::Failure::kind), Some(FailureKind::Deadlock));
}

#[test]
fn a_search_that_fails_is_not_exhaustive() {
    let outcome = Explorer::new().exhaustive(1).run(crossing);
    assert!(outcome.failure().is_some() && !outcome.is_exhaustive());
}

#[test]
fn the_starting_branch_of_a_select_is_a_choice() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let all = seen.clone();
    let outcome = Explorer::new().exhaustive(1).check_determinism(false).run(move |_| {
        let all = all.clone();
        async move {
            let first = tokio::select! {
                () = std::future::ready(()) => 0,
                () = std::future::ready(()) => 1,
                () = std::future::ready(()) => 2,
            };
            all.lock().unwrap().push(first);
        }
    });
    assert!(outcome.is_exhaustive());
    let mut seen = seen.lock().unwrap().clone();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [0, 1, 2]);
}

#[test]
fn shards_divide_the_schedules() {
    let count = |shard: &str| {
        let text = printed(&run_alone("exhaustive::explored_in_part", &[("TESTKIT_SHARD", shard)]));
        let told = text.lines().find_map(|line| line.split_once("schedules: ")?.1.parse::<usize>().ok());
        told.unwrap_or_else(|| panic!("{text}"))
    };
    let parts: usize = (1..=3).map(|part| count(&format!("{part}/3"))).sum();
    assert_eq!(parts, count("1/1"));
}

async fn three_tasks(sim: Sim) {
    for task in [(); 3].map(|()| sim.spawn("task", async { tokio::task::yield_now().await })) {
        task.await.unwrap();
    }
}

#[test]
#[ignore = "run by another test, in a separate process"]
fn explored_in_part() {
    println!("schedules: {}", Explorer::new().exhaustive(2).run(three_tasks).schedules_run());
}

#[test]
fn a_search_that_reaches_a_limit_is_not_exhaustive() {
    for limited in [Explorer::new().exhaustive(2).schedules(3), Explorer::new().exhaustive(9).time(MILLISECOND)] {
        let outcome = limited.run(three_tasks);
        assert!(outcome.failure().is_none() && !outcome.is_exhaustive());
    }
}

#[testkit::test(exhaustive = 2)]
async fn a_test_that_runs_all_schedules_passes(sim: Sim) {
    three_tasks(sim).await;
}

#[testkit::test(exhaustive = 2, schedules = 3)]
#[should_panic(expected = "exhaustive = 2: 3 schedules were run and none failed, but there are more.")]
async fn a_test_that_runs_only_some_schedules_fails(sim: Sim) {
    three_tasks(sim).await;
}
