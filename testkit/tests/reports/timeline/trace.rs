//! Timelines in Chrome's trace event format.

use std::collections::BTreeMap;

use serde_json::Value;
use testkit::Explorer;

use super::samples;
use crate::support::failure;

/// Returns the events in the trace of a failing test.
fn events<R>(test: impl Fn(testkit::Sim) -> R + Send + Sync + 'static) -> Vec<Value>
where
    R: Future<Output = ()> + 'static,
{
    let failure = failure(Explorer::new().timeline(true), test);
    let text = failure.timeline().unwrap().to_chrome_trace();
    let trace: Value = serde_json::from_str(&text).expect("it is JSON");
    trace["traceEvents"].as_array().expect("it has events").clone()
}

fn of<'a>(events: &'a [Value], phase: &'a str) -> impl DoubleEndedIterator<Item = &'a Value> {
    events.iter().filter(move |event| event["ph"] == phase)
}

/// Converts a time in microseconds to nanoseconds as Perfetto does, which truncates.
fn nanoseconds(time: &Value) -> i64 {
    (time.as_f64().expect("a time is a number") * 1e3) as i64
}

#[test]
fn each_event_has_the_fields_of_its_phase() {
    let events = events(samples::deadlock);
    for event in &events {
        assert!(event["pid"].is_u64() && event["tid"].is_u64() && event["ts"].is_number(), "{event}");
        assert!(event["name"].is_string(), "{event}");
        let is_whole = match event["ph"].as_str().expect("an event has a phase") {
            "M" => event["args"].is_object(),
            "X" => event["dur"].as_f64().is_some_and(|time| time > 0.0),
            "s" => event["id"].is_u64(),
            "f" => event["id"].is_u64() && event["bp"] == "e",
            "i" => ["t", "p"].contains(&event["s"].as_str().unwrap()),
            _ => false,
        };
        assert!(is_whole, "{event}");
    }
}

#[test]
fn a_task_is_a_thread_with_its_name() {
    let events = events(samples::deadlock);
    let names: BTreeMap<_, _> = of(&events, "M")
        .filter(|event| event["name"] == "thread_name")
        .map(|event| (event["tid"].as_u64().unwrap(), event["args"]["name"].as_str().unwrap()))
        .collect();
    let names: Vec<_> = names.into_values().collect();
    assert_eq!(names, ["0 main", "1 audit", "2 rent", "3 salary", "timers"]);
}

#[test]
fn a_host_is_a_process_with_its_tasks() {
    let events = events(samples::hosts);
    let named = |kind: &'static str| of(&events, "M").filter(move |event| event["name"] == kind);
    let processes: BTreeMap<_, _> =
        named("process_name").map(|event| (event["pid"].as_u64().unwrap(), &event["args"]["name"])).collect();
    assert_eq!((processes.len(), processes[&2], processes[&3]), (3, &"host db".into(), &"host client".into()));
    let tasks: Vec<_> =
        named("thread_name").filter(|event| event["pid"] == 3).map(|event| &event["args"]["name"]).collect();
    assert_eq!(tasks, ["3 ask", "5 ask again", "6 ask in vain"]);
    let names: Vec<_> = of(&events, "i").filter(|event| event["cat"] == "host").map(|event| &event["name"]).collect();
    assert_eq!(names, ["host `db` crashed", "host `db` restarted"]);
}

#[test]
fn slices_of_a_thread_do_not_overlap_and_use_virtual_time() {
    for events in [events(samples::deadlock), events(samples::long)] {
        let mut threads: BTreeMap<u64, Vec<(i64, i64)>> = BTreeMap::new();
        for event in of(&events, "X").filter(|event| event["cat"] != "wake") {
            let start = nanoseconds(&event["ts"]);
            let slice = (start, start + nanoseconds(&event["dur"]));
            threads.entry(event["tid"].as_u64().unwrap()).or_default().push(slice);
        }
        for slices in threads.values_mut() {
            slices.sort();
            assert!(slices.windows(2).all(|pair| pair[0].1 <= pair[1].0));
        }
    }
    let events = events(samples::deadlock);
    let audit = of(&events, "X").rfind(|event| event["tid"] == 2 && event["cat"] == "poll").unwrap();
    assert_eq!(nanoseconds(&audit["ts"]), 1_000_000_000);
}

#[test]
fn a_wake_is_a_flow_from_a_slice_to_the_poll_that_it_leads_to() {
    let events = events(samples::long);
    let slices: Vec<_> = of(&events, "X")
        .map(|event| (event["tid"].clone(), nanoseconds(&event["ts"]), nanoseconds(&event["dur"]), &event["cat"]))
        .collect();
    let starts: BTreeMap<_, _> =
        slices.iter().map(|(thread, start, _, category)| ((thread.as_u64().unwrap(), *start), *category)).collect();
    let ends: BTreeMap<_, _> = of(&events, "f").map(|event| (event["id"].as_u64().unwrap(), event)).collect();
    let mut count = 0;
    for begin in of(&events, "s") {
        let end = ends[&begin["id"].as_u64().unwrap()];
        assert!(nanoseconds(&begin["ts"]) <= nanoseconds(&end["ts"]), "{begin} {end}");
        let place = |event: &Value| (event["tid"].as_u64().unwrap(), nanoseconds(&event["ts"]));
        assert!(starts.contains_key(&place(begin)), "{begin}");
        assert_eq!(starts[&place(end)], "poll", "{end}");
        count += 1;
    }
    assert_eq!(count, ends.len());
    assert!(count > 4_000, "{count}");
}

#[test]
fn notes_and_choices_are_instants() {
    let events = events(samples::deadlock);
    let names = |category: &str| -> Vec<_> {
        of(&events, "i")
            .filter(|event| event["cat"] == category)
            .map(|event| event["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("note").len(), 2);
    let choices = names("choice");
    assert!(choices.len() == 1 && choices[0].starts_with("preempted `"), "{choices:?}");
}

#[test]
fn tasks_keep_their_names_and_threads_if_an_unused_lane_is_omitted() {
    let events = events(samples::unused_network);
    let names = of(&events, "M").filter(|event| event["name"] == "thread_name");
    let names: Vec<_> = names.map(|event| (event["tid"].as_u64().unwrap(), &event["args"]["name"])).collect();
    assert_eq!(names, [(1, &"0 main".into()), (3, &"2 worker".into()), (5, &"timers".into())]);
}
