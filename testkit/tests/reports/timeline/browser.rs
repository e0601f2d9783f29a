//! The timeline page in a browser. Without Chromium, these tests are skipped with a message.

use std::fs;

use tempfile::TempDir;
use testkit::{Explorer, Failure};

use super::samples;
use super::window::Window;
use crate::support::failure;

/// A browser window that shows the page of a failure.
struct Shown {
    browser: Window,
    folder: TempDir,
}

impl Shown {
    fn open(failure: &Failure, fragment: &str) -> Option<Self> {
        let browser = Window::open(1400, 900)?;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("page.html"), failure.timeline().unwrap().to_html()).unwrap();
        let mut shown = Shown { browser, folder };
        shown.go_to(fragment);
        Some(shown)
    }

    fn go_to(&mut self, fragment: &str) {
        self.browser.go_to(&self.folder.path().join("page.html"), fragment);
        // The page is first drawn once its layout is known.
        self.browser.wait_until("isDrawn && camera.scale > 0");
    }

    /// Returns the window position of an item in the page's script.
    fn place(&mut self, expression: &str) -> (f64, f64) {
        let place = format!(
            "(item => {{ const b = view.getBoundingClientRect(), x = placeOf(item) + ({{ span: .2, event: 0 }}[item.type] ?? .5); \
             return [b.x + screenX(x), b.y + (item.type === 'choice' ? RULER + 11 : screenY(laneOfItem(item)))]; }})({expression})"
        );
        let place = self.browser.evaluate(&place);
        (place[0].as_f64().unwrap(), place[1].as_f64().unwrap())
    }

    fn heading(&mut self) -> String {
        self.browser.text("document.querySelector('aside h2').textContent")
    }

    fn panel(&mut self) -> String {
        self.browser.text("document.querySelector('aside').innerText")
    }

    fn press(&mut self, key: &str) {
        self.browser.press(key);
    }

    fn click(&mut self, selector: &str) {
        let middle = self.browser.middle(selector);
        self.browser.click(middle);
    }

    /// Asserts that the page's scripts have thrown no error.
    fn is_well(&self) {
        assert_eq!(self.browser.thrown(), <[String; 0]>::default());
    }
}

fn recorded() -> Explorer {
    Explorer::new().timeline(true)
}

#[test]
fn a_deadlock_is_inspected_by_pointing_and_clicking() {
    let Some(mut shown) = Shown::open(&failure(recorded(), samples::deadlock), "") else { return };
    assert_eq!(shown.heading(), "The run");
    let panel = shown.panel();
    for text in
        ["1 choice needed for the failure", "preempted `rent`", "Stuck", "3 salary", "Mutex::lock", "400 from checking"]
    {
        assert!(panel.contains(text), "{text} is not in {panel}");
    }
    // Points at the last poll of a task.
    let place = shown.place("laneOf.get(3).polls.at(-1)");
    shown.browser.point(place);
    let tip = shown.browser.text("document.getElementById('tip').innerText");
    assert!(
        tip.contains("`salary` returned Pending") && tip.contains("waits in tokio::sync::mutex::Mutex::lock"),
        "{tip}"
    );
    shown.browser.click(place);
    assert!(shown.heading().starts_with("Step "));
    assert!(shown.panel().contains("tokio::sync::mutex::Mutex::lock"));
    let said = shown.browser.text("document.getElementById('announcement').textContent");
    assert!(said.contains("salary"), "{said}");
    // Points at the wait after that poll.
    let place = shown.place("laneOf.get(3).spans.at(-1)");
    shown.browser.click(place);
    assert_eq!(shown.heading(), "Waits");
    assert!(shown.panel().contains("stuck"));
    // Clicks the flag of a choice, and then the poll in which the choice was made.
    let place = shown.place("choices[0]");
    shown.browser.click(place);
    assert_eq!(shown.heading(), "Choice 1 of 1");
    shown.click("aside ul button");
    assert!(shown.panel().contains("preempted"));
    // Clicks the name of a lane.
    shown.browser.evaluate("select(null)");
    let (_, y) = shown.place("laneOf.get(2).polls[0]");
    shown.browser.click((40.0, y));
    assert_eq!(shown.heading(), "rent");
    shown.press("Escape");
    assert_eq!(shown.heading(), "The run");
    shown.is_well();
}

#[test]
fn keys_move_between_lanes_steps_and_choices() {
    let Some(mut shown) = Shown::open(&failure(recorded(), samples::deadlock), "") else { return };
    for heading in ["timers", "main", "audit"] {
        shown.press("j");
        assert_eq!(shown.heading(), heading);
    }
    shown.press("k");
    assert_eq!(shown.heading(), "main");
    shown.press("n");
    assert_eq!(shown.heading(), "Step 1");
    shown.press("]");
    assert_eq!(shown.heading(), "Step 3");
    shown.press("p");
    assert_eq!(shown.heading(), "Step 2");
    shown.press("c");
    assert_eq!(shown.heading(), "Choice 1 of 1");
    shown.press("t");
    assert_eq!(shown.browser.evaluate("axis.name"), "time");
    assert!(shown.browser.text("location.hash").contains("axis=time"));
    let scale = shown.browser.evaluate("camera.scale").as_f64().unwrap();
    shown.press("+");
    assert!(shown.browser.evaluate("camera.scale").as_f64().unwrap() > scale);
    let left = shown.browser.evaluate("camera.x").as_f64().unwrap();
    shown.press("ArrowRight");
    assert!(shown.browser.evaluate("camera.x").as_f64().unwrap() > left);
    shown.press("0");
    assert_eq!(shown.browser.evaluate("camera.isFitted"), true);
    shown.press("?");
    assert_eq!(shown.browser.evaluate("document.getElementById('keys').open"), true);
    shown.press("Escape");
    shown.is_well();
}

#[test]
fn a_search_hides_lanes_and_moves_between_events() {
    let Some(mut shown) = Shown::open(&failure(recorded(), samples::deadlock), "") else { return };
    shown.press("/");
    shown.browser.write("400 from");
    assert_eq!(shown.browser.evaluate("shown.map(lane => lane.name)"), serde_json::json!(["rent"]));
    assert_eq!(shown.browser.text("found.textContent"), "1 of 5 lanes, 1 event");
    shown.press("Enter");
    assert_eq!(shown.heading(), "note");
    shown.press("Escape");
    assert_eq!(shown.browser.evaluate("shown.length"), 5);
    shown.browser.evaluate("search('is:stuck')");
    assert_eq!(shown.browser.evaluate("shown.length"), 4);
    shown.browser.evaluate("search('nothing like it')");
    assert_eq!(shown.browser.text("found.textContent"), "nothing found");
    shown.is_well();
}

#[test]
fn a_fragment_opens_its_item_and_sections_can_be_collapsed() {
    let Some(mut shown) = Shown::open(&failure(recorded(), samples::missed_waker), "#step=5&axis=time") else { return };
    assert_eq!(shown.heading(), "Step 5");
    assert_eq!(shown.browser.evaluate("axis.name"), "time");
    assert!(shown.panel().contains("It registered no waker"));
    shown.go_to("#task=1");
    assert_eq!(shown.heading(), "reader");
    shown.click("#show-report");
    assert!(shown.browser.text("document.getElementById('report').innerText").contains("TESTKIT_REPLAY="));
    shown.click("#show-table");
    let rows = shown.browser.evaluate("document.querySelectorAll('#table tbody tr').length").as_u64().unwrap();
    assert_eq!(shown.browser.evaluate("polls.length + events.length"), rows);
    shown.click("#look");
    assert_eq!(
        shown.browser.text("getComputedStyle(document.body).colorScheme + document.documentElement.dataset.look"),
        "lightlight"
    );
    shown.click("#look");
    assert_eq!(shown.browser.text("document.documentElement.dataset.look"), "dark");
    shown.is_well();
}

#[test]
fn five_thousand_steps_are_drawn_quickly_and_scroll_smoothly() {
    let Some(mut shown) = Shown::open(&failure(recorded(), samples::long), "") else { return };
    let painted = shown.browser.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0");
    let frame = shown.browser.evaluate(
        "(() => { const begun = performance.now(); for (let n = 0; n < 10; n++) paint(); return (performance.now() - begun) / 10; })()",
    );
    println!("first paint after {painted} ms, a frame of the whole run {frame} ms");
    // Generous limits, because the machine may be busy. Quadratic code takes even longer.
    assert!(painted.as_f64().unwrap() < 5_000.0, "first paint after {painted} ms");
    assert!(frame.as_f64().unwrap() < 500.0, "a frame takes {frame} ms");
    let middle = shown.browser.middle("#view");
    shown.browser.wheel(middle, -2_000.0);
    shown.browser.wait_until("camera.scale > 1 && isDrawn");
    shown.browser.evaluate("reveal(pollOf(2000))");
    assert_eq!(shown.heading(), "Step 2000");
    shown.is_well();
}

#[test]
fn hosts_are_bands_with_crashes_restarts_and_packets() {
    let Some(mut shown) = Shown::open(&failure(recorded().schedules(1), samples::hosts), "") else { return };
    let grouped = "rows.every(row => !row.band || row.band.lanes.includes(row)) && [...hosts.keys()].join()";
    assert_eq!(shown.browser.text(grouped), "main,db,client");
    for text in ["Crashes and restarts", "host `db` crashed", "host `db` restarted"] {
        assert!(shown.panel().contains(text), "{text}");
    }
    // Points at a crash, in the row of its host.
    let crash = shown.place("hostEvents[0]");
    shown.browser.point(crash);
    let tip = shown.browser.text("document.getElementById('tip').innerText");
    assert!(tip.contains("host `db` crashed"), "{tip}");
    // Clicks the arrow of a packet.
    shown.browser.evaluate("reveal(packets.find(packet => packet.text === '5 bytes'))");
    shown.browser.wait_until("isDrawn && arrows.some(({ packet }) => packet === state.selected)");
    shown.browser.evaluate("select(null)");
    assert!(shown.panel().contains("The run"));
    let middle = "(({ start, end }) => [0, 1].map(at => (start[at] * 2 + end[at] * 3) / 5 + (at ? view.getBoundingClientRect().y : 0)))\
                  (arrows.find(({ packet }) => packet.text === '5 bytes'))";
    let middle = shown.browser.evaluate(middle);
    shown.browser.click((middle[0].as_f64().unwrap(), middle[1].as_f64().unwrap()));
    assert!(shown.heading().starts_with("Packet "), "{}", shown.heading());
    assert!(shown.panel().contains("from `client` to `db`: 5 bytes, 10 ms"), "{}", shown.panel());
    let receiver = "packets.filter(packet => packet.text === '5 bytes')[1].arrivals[0].receiver.name";
    assert_eq!(shown.browser.text(receiver), "db");
    // A host is reached by keys, by a search and by its address.
    shown.browser.evaluate("search('is:crash')");
    assert_eq!(shown.browser.evaluate("shown.map(row => row.name)"), serde_json::json!(["db"]));
    shown.press("j");
    assert_eq!(shown.heading(), "db");
    assert!(shown.browser.text("location.hash").contains("host=db"));
    shown.browser.evaluate("search('is:lost')");
    assert!(shown.browser.evaluate("hits.length").as_u64().unwrap() > 0);
    assert_eq!(shown.browser.evaluate("['db', 'client'].every(name => hosts.get(name).row >= 0)"), true);
    shown.browser.evaluate("search('')");
    shown.click("#show-table");
    let table = shown.browser.text("document.getElementById('table').innerText");
    assert!(table.contains("host `db` crashed") && table.contains("from `client` to `db`: SYN, 10 ms"), "{table}");
    let toggle = shown.browser.middle("#legend button:last-child");
    shown.browser.click(toggle);
    shown.browser.wait_until("isDrawn && arrows.length === 0");
    shown.is_well();
}

#[test]
fn thousands_of_packets_are_drawn_quickly() {
    let Some(mut shown) = Shown::open(&failure(recorded().schedules(1), samples::many_packets), "") else { return };
    assert!(shown.browser.evaluate("packets.length").as_u64().unwrap() > 3_000);
    let frame = shown.browser.evaluate(
        "(() => { const begun = performance.now(); for (let n = 0; n < 10; n++) paint(); return (performance.now() - begun) / 10; })()",
    );
    println!("a frame of the whole run {frame} ms");
    assert!(frame.as_f64().unwrap() < 500.0, "a frame takes {frame} ms");
    assert_eq!(shown.browser.evaluate("arrows.length"), 0);
    // Those of the selected item are drawn.
    shown.browser.evaluate("select(packets[1000])");
    shown.browser.wait_until("isDrawn && arrows.length === 1");
    // All packets of a host would cover everything.
    shown.browser.evaluate("select(hosts.get('db'))");
    shown.browser.wait_until("isDrawn && arrows.length === 0");
    shown.is_well();
}

#[test]
fn a_text_of_many_lines_is_collapsed_to_the_first_and_can_be_expanded() {
    let Some(mut shown) = Shown::open(&failure(recorded(), samples::unused_network), "") else { return };
    let height = |shown: &mut Shown| {
        shown.browser.evaluate("document.getElementById('headline').offsetHeight").as_f64().unwrap()
    };
    let folded = height(&mut shown);
    let line = shown.browser.text("document.querySelector('#headline summary').innerText");
    assert!(line.contains("the first of many lines") && !line.contains("another"), "{line}");
    assert!(folded < 40.0, "{folded}");
    shown.click("#headline summary");
    assert!(shown.browser.text("document.getElementById('headline').innerText").contains("and another"));
    let unfolded = height(&mut shown);
    assert!(unfolded > 4.0 * folded && unfolded < 400.0, "{folded}, then {unfolded}");
    shown.is_well();
}

#[test]
fn names_given_by_users_are_shown_verbatim() {
    let Some(mut shown) = Shown::open(&failure(recorded(), samples::markup), "#task=1") else { return };
    assert_eq!(shown.heading(), samples::MARKUP);
    assert!(shown.browser.text("document.getElementById('headline').textContent").contains(samples::MARKUP));
    assert_eq!(shown.browser.evaluate("document.querySelectorAll('b').length"), 0);
    shown.is_well();
}
