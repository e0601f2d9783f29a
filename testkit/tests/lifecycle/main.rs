//! Hosts in simulations: random graphs of components that fail, hang and panic, with limits and signals.

mod case;
mod part;
mod random_graph;
mod scopes;
mod world;

use std::future::pending;
use std::sync::Arc;

use di_core::HostError;
use di_core::codegen::Start;
use di_core::host::{HookFailureCause, HostOptions};
use futures_util::{FutureExt, StreamExt, stream};
use proptest::test_runner::Config;
use testkit::{Explorer, Sim};

use case::{Case, End, any_case};
use random_graph::{Fields, Random, start_graph};
use world::World;

/// Starts, runs and ends a host of the graph, and checks what has happened.
async fn host<const SEED: u64>(sim: Sim, case: Case) {
    let world = Arc::new(World::new(Random::<SEED>::LISTS_OF_DEPENDENCIES, case.clone()));
    let options = HostOptions::default()
        .constructor_timeout(case.limits.constructor)
        .start_timeout(case.limits.start)
        .stop_timeout(case.limits.stop)
        .drain_for(case.limits.drain);
    let options = match case.limits.whole_stop {
        Some(whole) => options.stop_within(whole),
        None => options,
    };
    let start = Start::<Random<SEED>>::new(Box::new(Fields::new(world.clone())), options);
    let result = match case.end {
        End::Signals { first, second } => {
            let second = async move {
                match second {
                    Some(after) => tokio::time::sleep(after).await,
                    None => pending().await,
                }
            };
            let first = tokio::time::sleep(first).map(drop);
            let signals = stream::once(first).chain(stream::once(second));
            start.run_until_each(Box::pin(signals.fuse())).await
        }
        End::DropStart { after } => match tokio::time::timeout(after, start).await {
            Ok(Ok(host)) => host.stop().await,
            Ok(Err(error)) => Err(error),
            // The components that had started are stopped in the background.
            Err(_) => {
                sim.sleep(case.longest_stop()).await;
                Ok(())
            }
        },
    };
    check(&world, &case, &result);
    // Aborted tasks of a stop that was cut off.
    sim.settle().await;
    world.assert_nothing_runs();
}

fn check(world: &World, case: &Case, result: &Result<(), HostError>) {
    let failures = result.as_ref().err().map(HostError::failures).unwrap_or_default();
    let is_cut_off = failures.iter().any(|failure| matches!(failure.cause, HookFailureCause::CutOff { .. }));
    world.assert_starts_in_order();
    if !is_cut_off {
        world.assert_stops_in_order();
        let not_called = failures.iter().filter(|failure| matches!(failure.cause, HookFailureCause::NotCalled { .. }));
        let not_called: Vec<_> = not_called.map(|failure| world::index(failure.node.name())).collect();
        world.assert_all_started_are_stopped(&not_called);
    }
    world.assert_failures_are_reported(result, matches!(case.end, End::DropStart { .. }));
    if let Some(whole) = case.limits.whole_stop {
        world.assert_stop_takes_at_most(whole);
    }
}

/// A component stops after its dependents, every component that has started is stopped, and no host hangs.
#[test]
fn any_host_starts_and_stops_in_order() {
    let property = Explorer::new().schedules(600).with_inputs(any_case).config(Config::with_cases(150));
    let outcome = property.run(|sim: Sim, case: Case| start_graph(sim, case));
    if let Some(failure) = outcome.failure() {
        panic!("{failure}");
    }
}
