//! Bugs that depend on the first branch of a `select!` are found, shrunk and replayed.

use testkit::{FailureKind, Schedule, Sim};

use super::{explorer, work};
use crate::support::{assert_report_contains, failure, identity_of, replayed_failure};

async fn all_work_is_done(sim: Sim) {
    let done = sim.spawn("working", work()).await.unwrap();
    assert_eq!(done, 5, "work is lost");
}

/// Fails only if the third `select!`, and none before it, starts with the second branch.
async fn not_just_two_jobs_are_done(sim: Sim) {
    assert_ne!(sim.spawn("working", work()).await.unwrap(), 2);
}

#[test]
fn work_lost_at_shutdown_is_found_and_replayed() {
    let found = replayed_failure(explorer(), all_work_is_done);
    assert_eq!(found.kind(), FailureKind::Panic);
    assert_report_contains(&found, &["work is lost"]);
    assert!(!found.choices().is_empty() && found.choices().len() <= 2, "{found}");
    assert!(found.choices().iter().any(|choice| choice.to_string().contains("`working`")), "{found}");
}

#[test]
fn work_lost_at_shutdown_is_found_without_preemption() {
    let found = replayed_failure(explorer().preempt(false), all_work_is_done);
    assert_eq!(found.kind(), FailureKind::Panic);
    assert!(!found.choices().is_empty() && found.choices().len() <= 2, "{found}");
}

#[test]
fn work_lost_halfway_is_found_and_replayed() {
    let found = replayed_failure(explorer(), not_just_two_jobs_are_done);
    assert_eq!(found.kind(), FailureKind::Panic);
    assert!(!found.choices().is_empty() && found.choices().len() <= 2, "{found}");
}

#[test]
fn lost_work_is_the_same_failure_in_a_second_search() {
    for seed in 0..3 {
        let one = identity_of(&failure(explorer().seed(seed), not_just_two_jobs_are_done));
        assert_eq!(one.1, FailureKind::Panic);
        assert_eq!(identity_of(&failure(explorer().seed(seed), not_just_two_jobs_are_done)), one, "seed {seed}");
    }
}

#[test]
fn lost_work_is_replayed_from_the_text_of_its_schedule() {
    for explorer in [explorer(), explorer().shrink(false)] {
        let found = failure(explorer.clone(), not_just_two_jobs_are_done);
        let schedule: Schedule = found.schedule().to_string().parse().unwrap();
        let again = failure(explorer.replay(&schedule), not_just_two_jobs_are_done);
        assert_eq!((again.kind(), again.choices()), (FailureKind::Panic, found.choices()));
        assert_eq!(again.schedule(), found.schedule());
    }
}

#[test]
fn lost_work_does_not_depend_on_the_number_of_jobs() {
    let one = identity_of(&failure(explorer(), not_just_two_jobs_are_done));
    assert_eq!(one.1, FailureKind::Panic);
    for _ in 0..3 {
        assert_eq!(identity_of(&failure(explorer().jobs(2), not_just_two_jobs_are_done)), one);
    }
}

#[test]
fn shrinking_removes_the_starting_branches_that_do_not_matter() {
    let found = replayed_failure(explorer(), |sim: Sim| async move {
        sim.spawn("working", work()).await.unwrap();
        assert_eq!(sim.choose(4), 0);
    });
    assert_eq!(found.kind(), FailureKind::Panic);
    assert_eq!(found.choices().len(), 1, "{found}");
}
