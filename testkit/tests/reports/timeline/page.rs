//! Parses the recorded run embedded in a page, like the page's script does.

use serde_json::Value;
use testkit::Failure;

/// Parsed page of a failure.
pub(crate) struct Page {
    pub(crate) html: String,
    pub(crate) data: Value,
}

/// A poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Poll {
    pub(crate) step: u64,
    pub(crate) task: i64,
    pub(crate) result: &'static str,
    pub(crate) nanoseconds: u64,
    pub(crate) site: Option<usize>,
}

/// An event during or after a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Happening {
    pub(crate) step: u64,
    pub(crate) is_between: bool,
    pub(crate) by: i64,
    pub(crate) kind: String,
    pub(crate) task: Option<i64>,
    pub(crate) text: String,
}

/// A packet between hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) text: String,
    /// Times in nanoseconds. A lost packet has no arrivals.
    pub(crate) sent: u64,
    pub(crate) arrivals: Vec<u64>,
}

pub(crate) const RAW_TASKS: i64 = -1;
pub(crate) const TIMER: i64 = -2;
pub(crate) const SIMULATION: i64 = -3;

impl Page {
    pub(crate) fn of(failure: &Failure) -> Self {
        let html = failure.timeline().expect("the explorer records timelines").to_html();
        let data = serde_json::from_str(embedded(&html)).expect("the data is JSON");
        Page { html, data }
    }

    pub(crate) fn polls(&self) -> Vec<Poll> {
        let results = ["pending", "preempted", "ready", "panicked"];
        let poll = |poll: &Value| Poll {
            step: poll[0].as_u64().unwrap(),
            task: poll[1].as_i64().unwrap(),
            result: results[poll[3].as_u64().unwrap() as usize],
            nanoseconds: poll[4].as_u64().unwrap(),
            site: usize::try_from(poll[5].as_i64().unwrap()).ok(),
        };
        self.data["polls"].as_array().unwrap().iter().map(poll).collect()
    }

    pub(crate) fn events(&self) -> Vec<Happening> {
        let event = |event: &Value| Happening {
            step: event[0].as_u64().unwrap(),
            is_between: event[1] == 1,
            by: event[3].as_i64().unwrap(),
            kind: event[4].as_str().unwrap().to_owned(),
            task: event[5].as_i64(),
            text: event[6].as_str().unwrap().to_owned(),
        };
        self.data["events"].as_array().unwrap().iter().map(event).collect()
    }

    pub(crate) fn packets(&self) -> Vec<Packet> {
        let events = self.data["events"].as_array().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let time = |event: &Value| event[2].as_u64().unwrap();
        let arrivals = |packet: &Value| {
            events.iter().filter(|event| event[4] == "arrived" && event[7] == *packet).map(time).collect()
        };
        let packet = |event: &Value| Packet {
            from: text(&event[8]),
            to: text(&event[9]),
            text: text(&event[6]),
            sent: time(event),
            arrivals: arrivals(&event[7]),
        };
        events.iter().filter(|event| event[4] == "sent").map(packet).collect()
    }

    /// Returns the acting task and the affected task of each event of one kind.
    pub(crate) fn all_of(&self, kind: &str) -> Vec<(i64, i64)> {
        let all = self.events().into_iter().filter(|event| event.kind == kind);
        all.map(|event| (event.by, event.task.unwrap_or(i64::MIN))).collect()
    }

    /// Returns the names of the tasks and their states at the end.
    pub(crate) fn ends(&self) -> Vec<(&str, &str)> {
        let lanes = self.data["lanes"].as_array().unwrap().iter();
        lanes.map(|lane| (lane["name"].as_str().unwrap(), lane["end"].as_str().unwrap())).collect()
    }

    /// Returns where the task waits after a poll: the line with its function, and the awaited primitive.
    pub(crate) fn site(&self, poll: &Poll) -> (&str, &str) {
        let site = &self.data["sites"][poll.site.expect("it left a waker")];
        (site["label"].as_str().unwrap(), site["primitive"].as_str().unwrap_or_default())
    }
}

/// Returns the contents of the script element `id="timeline-data"`, as a browser delimits it.
fn embedded(page: &str) -> &str {
    let (_, from) = page.split_once("id=\"timeline-data\">").expect("the page has a place for the data");
    from.split_once("</script").expect("the element ends").0
}
