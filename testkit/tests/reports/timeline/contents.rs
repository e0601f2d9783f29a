//! Contents of a failing run's timeline: polls, wakes, choices, notes and lanes.

use std::collections::{BTreeMap, BTreeSet};

use testkit::{Explorer, Failure, FailureKind, Sim};
use tokio::io::AsyncReadExt;

use super::page::{Page, Poll, RAW_TASKS, SIMULATION, TIMER};
use super::samples;
use crate::support::{SECOND, failure};

fn recorded() -> Explorer {
    Explorer::new().timeline(true)
}

/// Explorer with a single FIFO schedule.
fn one() -> Explorer {
    recorded().schedules(1)
}

fn last_of(polls: &[Poll], task: i64) -> &Poll {
    polls.iter().rfind(|poll| poll.task == task).expect("it was polled")
}

#[test]
fn a_deadlock_shows_the_stuck_tasks_and_their_lines() {
    let page = Page::of(&failure(recorded(), samples::deadlock));
    assert_eq!(page.data["kind"], "deadlock");
    assert_eq!(page.ends(), [("main", "stuck"), ("audit", "stuck"), ("rent", "stuck"), ("salary", "stuck")]);
    let polls = page.polls();
    for task in [2, 3] {
        let (label, primitive) = page.site(last_of(&polls, task));
        assert!(label.starts_with("samples.rs:") && label.ends_with(" transfer"), "{label}");
        assert_eq!(primitive, "tokio::sync::mutex::Mutex::lock");
    }
    assert_eq!(page.data["end"], 1_000_000_000_u64);
}

#[test]
fn a_choice_has_the_text_and_the_step_of_the_report() {
    let failure = failure(recorded(), samples::deadlock);
    let page = Page::of(&failure);
    let choices = page.data["choices"].as_array().unwrap();
    assert_eq!(choices.len(), failure.choices().len());
    for (choice, reported) in choices.iter().zip(failure.choices()) {
        let (step, text) = (choice[0].as_u64().unwrap(), choice[1].as_str().unwrap());
        assert_eq!(format!("step {step}  {text}"), reported.to_string());
    }
    let polls = page.polls();
    let preempted: Vec<_> = polls.iter().filter(|poll| poll.result == "preempted").collect();
    assert_eq!(preempted.len(), 1);
    assert_eq!(Some(preempted[0].step as usize), failure.choices()[0].step());
}

#[test]
fn a_missed_waker_shows_the_poll_that_registered_none() {
    let failure = failure(recorded(), samples::missed_waker);
    assert_eq!(failure.kind(), FailureKind::MissedWaker);
    let page = Page::of(&failure);
    assert_eq!(page.ends(), [("main", "waiting"), ("reader", "stuck"), ("postman", "done")]);
    let polls = page.polls();
    let of_reader: Vec<_> = polls.iter().filter(|poll| poll.task == 1).collect();
    assert_eq!(of_reader.len(), 2);
    assert!(of_reader[0].site.is_some() && of_reader[1].site.is_none(), "{of_reader:?}");
}

#[test]
fn wakes_are_recorded_with_both_tasks() {
    let page = Page::of(&failure(one(), |sim: Sim| async move {
        let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
        let waiting = sim.spawn("waiting", receiver);
        sim.spawn("sending", async move {
            tokio::time::sleep(SECOND).await;
            sender.send(()).unwrap();
        });
        waiting.await.unwrap().unwrap();
        sim.settle().await;
        panic!("boom");
    }));
    assert_eq!(page.all_of("spawn"), [(0, 1), (0, 2)]);
    assert_eq!(page.all_of("wake"), [(TIMER, 2), (2, 1), (1, 0), (SIMULATION, 0)]);
    let by_timer = page.events().into_iter().find(|happening| happening.by == TIMER).unwrap();
    assert!(by_timer.is_between && by_timer.step == 3, "{by_timer:?}");
    assert_eq!(page.ends(), [("main", "panicked"), ("waiting", "done"), ("sending", "done")]);
}

#[test]
fn aborts_and_drops_are_recorded_but_not_wakes_of_ended_tasks() {
    let page = Page::of(&failure(one(), |sim: Sim| async move {
        let (sender, mut receiver) = tokio::sync::mpsc::channel::<()>(1);
        let kept = sender.clone();
        let aborted = sim.spawn("aborted", async move {
            let _kept = kept;
            std::future::pending::<()>().await;
        });
        tokio::task::yield_now().await;
        aborted.abort();
        assert!(aborted.await.unwrap_err().is_cancelled());
        drop(sender);
        assert!(receiver.recv().await.is_none());
        panic!("boom");
    }));
    assert_eq!(page.all_of("abort"), [(0, 1)]);
    let drops: Vec<_> = page.events().into_iter().filter(|happening| happening.kind == "drop").collect();
    assert_eq!((drops.len(), drops[0].task), (1, Some(1)));
    assert_eq!(page.ends()[1], ("aborted", "dropped"));
    assert!(page.all_of("wake").iter().all(|(_, task)| *task != 1));
    assert!(page.all_of("wake").contains(&(1, 0)), "its end wakes the task that awaits it");
}

#[test]
fn raw_tasks_share_a_lane_that_wakes_other_tasks() {
    let page = Page::of(&failure(one(), |sim: Sim| async move {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let waiting = sim.spawn("waiting", receiver);
        tokio::spawn(async move { sender.send(()).unwrap() });
        waiting.await.unwrap().unwrap();
        panic!("boom");
    }));
    assert!(page.polls().iter().any(|poll| poll.task == RAW_TASKS));
    assert!(page.all_of("wake").contains(&(RAW_TASKS, 1)));
}

#[test]
fn notes_and_decisions_of_fakes_are_recorded_with_their_step() {
    let failure = failure(recorded(), |sim: Sim| async move {
        sim.note("begun");
        let mut source = testkit::chaos(&b"six..."[..]);
        let mut buffer = [0; 6];
        assert_eq!(source.read(&mut buffer).await.unwrap(), 6);
    });
    let page = Page::of(&failure);
    let happenings = page.events();
    let note = happenings.iter().find(|happening| happening.kind == "note").unwrap();
    assert_eq!((note.step, note.by, &*note.text), (1, 0, "begun"));
    let decision = happenings.iter().find(|happening| happening.kind == "decision").unwrap();
    assert_eq!(failure.choices()[0].to_string(), format!("step 1  {}", decision.text));
}

#[test]
fn a_long_run_is_recorded_in_full_with_the_cause_of_each_poll() {
    // The run is not shrunk, so it has spurious polls (polls without a wake). Wakes after these must also be recorded.
    let page = Page::of(&failure(one().shrink(false), samples::long));
    let (polls, happenings) = (page.polls(), page.events());
    assert!(polls.len() > 5_000 && page.data["omitted"].is_null(), "{}", polls.len());
    assert!(polls.iter().zip(1..).all(|(poll, step)| poll.step == step));
    assert!(polls.is_sorted_by_key(|poll| poll.nanoseconds));
    let mut made_ready: BTreeMap<i64, Vec<u64>> = BTreeMap::new();
    for happening in happenings.iter().filter(|happening| ["wake", "spawn"].contains(&&*happening.kind)) {
        made_ready.entry(happening.task.unwrap()).or_default().push(happening.step);
    }
    // No task spawns the test itself.
    let mut before = BTreeMap::from([(0, 0)]);
    for poll in polls.iter().skip(1) {
        let since = before.insert(poll.task, poll.step).unwrap_or(0);
        let is_woken = made_ready[&poll.task].iter().any(|step| (since..poll.step).contains(step));
        assert!(is_woken, "{poll:?}");
    }
}

#[test]
fn an_endless_run_keeps_its_beginning_and_its_end() {
    let failure = failure(one().max_steps(30_000).check_determinism(false), |sim: Sim| async move {
        sim.note("begun");
        loop {
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(failure.kind(), FailureKind::StepLimit);
    let page = Page::of(&failure);
    let polls = page.polls();
    assert_eq!((polls[0].step, polls[polls.len() - 1].step, polls.len()), (1, 30_000, 10_000));
    assert_eq!(page.data["omitted"], serde_json::json!([1_000, 20_000]));
    assert_eq!((polls[999].step, polls[1_000].step), (1_000, 21_001));
    assert_eq!(page.all_of("note").len(), 1);
    assert!(page.events().iter().all(|happening| !(1_001..21_001).contains(&happening.step)));
}

#[test]
fn a_panic_and_the_remaining_tasks_are_marked() {
    let page = Page::of(&failure(one(), |sim: Sim| async move {
        sim.spawn("left", std::future::pending::<()>());
    }));
    assert_eq!(page.ends(), [("main", "done"), ("left", "leaked")]);
    let page = Page::of(&failure(one(), |sim: Sim| async move {
        sim.spawn("bad", async { panic!("boom") });
        sim.sleep(SECOND).await;
    }));
    assert_eq!(page.ends(), [("main", "done"), ("bad", "panicked")]);
    assert_eq!(last_of(&page.polls(), 1).result, "panicked");
}

#[test]
fn nothing_is_recorded_unless_requested() {
    assert!(failure(Explorer::new(), samples::deadlock).timeline().is_none());
}

/// Returns a report without the line that depends on samples of the call stack.
fn without_samples(failure: &Failure) -> String {
    let report = failure.to_string();
    let lines = report.lines().filter(|line| !line.contains("returned `Pending` without a waker"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_report_is_the_same_with_and_without_a_timeline() {
    let reports = |explorer: fn() -> Explorer| {
        [failure(explorer(), samples::deadlock), failure(explorer(), samples::missed_waker)]
            .map(|failure| without_samples(&failure))
    };
    assert_eq!(reports(recorded), reports(Explorer::new));
}

#[test]
fn names_given_by_users_are_escaped_in_the_page() {
    let failure = failure(one(), samples::markup);
    let page = Page::of(&failure);
    assert_eq!(page.data["lanes"][1]["name"], samples::MARKUP);
    assert!(page.events().iter().any(|happening| happening.text == samples::MARKUP));
    assert!(page.data["headline"].as_str().unwrap().contains(samples::MARKUP));
    assert_eq!(page.data["report"], failure.to_string());
    let other = Page::of(&crate::support::failure(one(), |_: Sim| async { panic!("boom") }));
    assert_eq!(page.html.matches('<').count(), other.html.matches('<').count());
}

#[test]
fn the_page_has_no_external_references_and_no_placeholders() {
    let page = Page::of(&failure(one(), |_: Sim| async { panic!("boom") }));
    for reference in ["http:", "https:", "//cdn", "src=", "@import", "url(", "{{"] {
        assert!(!page.html.contains(reference), "{reference}");
    }
    assert!(page.html.contains("default-src 'none'"));
}

#[test]
fn an_unused_network_has_no_lane() {
    let page = Page::of(&failure(one(), samples::unused_network));
    assert_eq!(page.ends(), [("main", "panicked"), ("worker", "done")]);
    assert!(page.polls().iter().all(|poll| [0, 2].contains(&poll.task)), "{:?}", page.polls());
    assert_eq!(page.all_of("spawn"), [(0, 2)]);
    let page = Page::of(&failure(one(), samples::used_network));
    assert_eq!(page.ends(), [("main", "panicked"), ("network", "ready")]);
}

#[test]
fn hosts_crashes_and_packets_are_recorded() {
    let page = Page::of(&failure(one(), samples::hosts));
    let lanes = page.data["lanes"].as_array().unwrap();
    let hosts: BTreeSet<_> = lanes.iter().filter_map(|lane| lane["host"].as_str()).collect();
    assert_eq!(hosts, BTreeSet::from(["client", "db"]));
    let events = page.events();
    let named =
        |kind: &str| events.iter().filter(|event| event.kind == kind).map(|event| &*event.text).collect::<Vec<_>>();
    assert_eq!((named("crash"), named("restart")), (vec!["db"], vec!["db"]));
    let packets = page.packets();
    let query = packets.iter().find(|packet| packet.text == "5 bytes").unwrap();
    assert_eq!((&*query.from, &*query.to), ("client", "db"));
    let [arrival] = query.arrivals[..] else { panic!("{query:?}") };
    assert_eq!(arrival - query.sent, 10_000_000);
    assert!(packets.last().unwrap().arrivals.is_empty(), "the link is cut");
}
