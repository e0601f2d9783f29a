//! Writes a timeline as a self-contained HTML page.

use di_core::html::{self, embedded, filled, html_escaped, json_quoted};

use super::model::{Lane, Poll, Site, TimelineModel};
use crate::report::frames::FrameText;
use crate::schedule::RAW_TASKS;
use crate::trace::{Actor, Event, PollResult, RecordedEvent};

/// The page, with placeholders in this order: `{{title}}`, `{{style}}`, `{{data}}`, `{{script}}`.
const PAGE: &str = include_str!("page/page.html");

const STYLE: &str = include_str!("page/style.css");

/// The script. Each part uses the parts before it.
const SCRIPT: &str = concat!(
    "'use strict';\n\n",
    include_str!("page/data.js"),
    include_str!("page/texts.js"),
    include_str!("page/axis.js"),
    include_str!("page/drawing.js"),
    include_str!("page/lanes.js"),
    include_str!("page/hosts.js"),
    include_str!("page/header.js"),
    include_str!("page/hover.js"),
    include_str!("page/panel.js"),
    include_str!("page/legend.js"),
    include_str!("page/state.js"),
    include_str!("page/camera.js"),
    include_str!("page/table.js"),
    include_str!("page/controls.js"),
);

/// Renders the timeline as a page, together with the text of the report.
pub(super) fn page(model: &TimelineModel, report: &str) -> String {
    let style = [html::STYLE, STYLE].concat();
    let parts = [
        ("{{title}}", &*html_escaped(&model.test)),
        ("{{style}}", &style),
        ("{{data}}", &embedded(&data(model, report))),
        ("{{script}}", SCRIPT),
    ];
    filled(PAGE, &parts)
}

/// Formats the data of the page as JSON. There may be thousands of polls and events, so these are arrays without field
/// names; `data.js` adds the names.
fn data(model: &TimelineModel, report: &str) -> String {
    let omitted = model.omitted.map_or_else(|| "null".to_owned(), |gap| format!("[{},{}]", gap.after, gap.count));
    let choices = model.choices.iter().map(|choice| {
        let step = choice.step().map_or_else(|| "null".to_owned(), |step| step.to_string());
        format!("[{step},{}]", json_quoted(choice.text()))
    });
    let fields = [
        ("test", json_quoted(&model.test)),
        ("kind", json_quoted(&model.kind)),
        ("headline", json_quoted(&model.headline)),
        ("report", json_quoted(report)),
        ("end", model.end.as_nanos().to_string()),
        ("omitted", omitted),
        ("lanes", list(model.lanes.iter().map(lane))),
        ("sites", list(model.sites.iter().map(site))),
        ("choices", list(choices)),
        ("polls", list(model.polls.iter().map(poll))),
        ("events", list(model.events.iter().map(event))),
    ];
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
    format!("{{\n{}\n}}", fields.join(",\n"))
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

fn lane(lane: &Lane) -> String {
    format!(
        "{{\"number\":{},\"name\":{},\"site\":{},\"parent\":{},\"polls\":{},\"bytes\":{},\"isBackground\":{},\"host\":{},\"end\":\"{}\"}}",
        lane.number,
        json_quoted(&lane.name),
        json_quoted(&lane.site),
        lane.parent,
        lane.polls,
        lane.bytes,
        lane.is_background,
        lane.host.as_deref().map_or_else(|| "null".to_owned(), json_quoted),
        lane.end.name()
    )
}

fn site(site: &Site) -> String {
    let frame = |frame: &FrameText| format!("[{},{}]", json_quoted(&frame.place), json_quoted(&frame.function));
    let frames = site.frames.iter().map(frame);
    let primitive = site.primitive.as_deref().map_or_else(|| "null".to_owned(), json_quoted);
    format!("{{\"label\":{},\"frames\":{},\"primitive\":{primitive}}}", json_quoted(&site.label()), list(frames))
}

fn poll(poll: &Poll) -> String {
    let result = match poll.result {
        PollResult::Pending => 0,
        PollResult::Preempted => 1,
        PollResult::Ready => 2,
        PollResult::Panicked => 3,
    };
    let site = poll.site.map_or(-1, |site| site as i64);
    format!("[{},{},{},{result},{},{site}]", poll.step, number(poll.task), poll.number, poll.time.as_nanos())
}

fn event(event: &RecordedEvent) -> String {
    let RecordedEvent { step, is_between, time, by, event } = event;
    let (kind, task, text) = match event {
        Event::Wake { task } => ("wake", Some(*task), ""),
        Event::Spawn { task } => ("spawn", Some(*task), ""),
        Event::Abort { task } => ("abort", Some(*task), ""),
        Event::Drop { task } => ("drop", Some(*task), ""),
        Event::Note { text } => ("note", None, text.as_str()),
        Event::Decision { text } => ("decision", None, text.as_str()),
        Event::Crash { host } => ("crash", None, host.as_str()),
        Event::Restart { host } => ("restart", None, host.as_str()),
        Event::Sent { text, .. } => ("sent", None, text.as_str()),
        Event::Arrived { .. } => ("arrived", None, ""),
        #[cfg(feature = "tracing")]
        Event::Tracing { level, text } => (*level, None, text.as_str()),
    };
    let by = match by {
        Actor::Task(task) => number(*task),
        Actor::Timer => -2,
        Actor::Simulation => -3,
    };
    let task = task.map_or_else(|| "null".to_owned(), |task| number(task).to_string());
    let packet = match event {
        Event::Sent { packet, from, to, .. } => format!(",{packet},{},{}", json_quoted(from), json_quoted(to)),
        Event::Arrived { packet } => format!(",{packet}"),
        _ => String::new(),
    };
    let (is_between, time) = (u8::from(*is_between), time.as_nanos());
    format!("[{step},{is_between},{time},{by},\"{kind}\",{task},{}{packet}]", json_quoted(text))
}

/// Returns a task's number in the page; -1 for the raw tasks.
fn number(task: u32) -> i64 {
    if task == RAW_TASKS { -1 } else { i64::from(task) }
}
