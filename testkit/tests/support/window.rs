//! A browser window in which tests click through pages.

use std::io::{Write, stderr};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::chromium::{Chromium, program};

/// Maximum wait for an answer, in real time.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// A window with one page. Windows share only the process.
pub(crate) struct Window {
    chromium: Arc<Chromium>,
    messages: Receiver<Value>,
    context: Value,
    session: Option<String>,
    /// Errors thrown by the page's scripts.
    thrown: Vec<String>,
}

impl Window {
    /// Opens a window of this size. Without Chromium, returns `None` and prints a line to the standard error, bypassing
    /// the capture of libtest.
    pub(crate) fn open(width: u32, height: u32) -> Option<Self> {
        let Some(program) = program() else {
            let test = thread::current().name().unwrap_or_default().to_owned();
            _ = writeln!(
                stderr(),
                "{test}: skipped, as no Chromium is on the PATH: the page was not tried in a browser"
            );
            return None;
        };
        let chromium = Chromium::running(&program);
        let messages = chromium.messages();
        let mut window = Window { chromium, messages, context: Value::Null, session: None, thrown: Vec::new() };
        window.context = window.call("Target.createBrowserContext", json!({}))["browserContextId"].clone();
        let target = json!({
            "url": "about:blank",
            "browserContextId": window.context,
            "newWindow": true,
            "width": width,
            "height": height,
        });
        let target = window.call("Target.createTarget", target);
        let attached = window.call("Target.attachToTarget", json!({ "targetId": target["targetId"], "flatten": true }));
        window.session = attached["sessionId"].as_str().map(str::to_owned);
        window.call("Runtime.enable", json!({}));
        window.call("Page.enable", json!({}));
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        window.call("Emulation.setDeviceMetricsOverride", metrics);
        // Each window acts as if it had the focus.
        window.call("Emulation.setFocusEmulationEnabled", json!({ "enabled": true }));
        Some(window)
    }

    /// Opens a file, with a fragment appended to its URL.
    pub(crate) fn go_to(&mut self, file: &Path, fragment: &str) {
        self.call("Page.navigate", json!({ "url": "about:blank" }));
        self.call("Page.navigate", json!({ "url": format!("file://{}{fragment}", file.display()) }));
        self.wait_until("document.readyState === 'complete' && location.protocol === 'file:'");
    }

    /// Returns the value of an expression in the page.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let result = self.call("Runtime.evaluate", parameters);
        assert!(result["exceptionDetails"].is_null(), "{expression}: {}", result["exceptionDetails"]);
        result["result"]["value"].clone()
    }

    /// Returns the value of an expression as text.
    pub(crate) fn text(&mut self, expression: &str) -> String {
        self.evaluate(expression).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub(crate) fn wait_until(&mut self, expression: &str) {
        let begun = Instant::now();
        while self.evaluate(expression) != true {
            assert!(begun.elapsed() < ANSWER_TIMEOUT, "the expression does not become true: {expression}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses a key: a character, or a name such as `Enter`.
    pub(crate) fn press(&mut self, key: &str) {
        let text = if key.chars().count() == 1 { key } else { "" };
        self.call("Input.dispatchKeyEvent", json!({ "type": "keyDown", "key": key, "text": text }));
        self.call("Input.dispatchKeyEvent", json!({ "type": "keyUp", "key": key }));
    }

    /// Types a text, letter by letter.
    pub(crate) fn write(&mut self, text: &str) {
        text.chars().for_each(|character| self.press(&character.to_string()));
    }

    /// Moves the pointer.
    pub(crate) fn point(&mut self, (x, y): (f64, f64)) {
        self.call("Input.dispatchMouseEvent", json!({ "type": "mouseMoved", "x": x, "y": y }));
    }

    /// Clicks with the left button.
    pub(crate) fn click(&mut self, (x, y): (f64, f64)) {
        for kind in ["mousePressed", "mouseReleased"] {
            let buttons = u8::from(kind == "mousePressed");
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": buttons, "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    /// Turns the wheel; a negative value scrolls up.
    pub(crate) fn wheel(&mut self, (x, y): (f64, f64), by: f64) {
        let event = json!({ "type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": by });
        self.call("Input.dispatchMouseEvent", event);
    }

    /// Returns the center of the first element that matches a selector.
    pub(crate) fn middle(&mut self, selector: &str) -> (f64, f64) {
        let box_of = format!(
            "(b => [b.x + b.width / 2, b.y + b.height / 2])(document.querySelector({selector:?}).getBoundingClientRect())"
        );
        let middle = self.evaluate(&box_of);
        (middle[0].as_f64().expect("it is there"), middle[1].as_f64().expect("it is there"))
    }

    /// Returns the errors that the page's scripts have thrown so far.
    pub(crate) fn thrown(&self) -> &[String] {
        &self.thrown
    }

    /// Calls a protocol method and waits for its result.
    pub(crate) fn call(&mut self, method: &str, parameters: Value) -> Value {
        let id = self.chromium.send(method, parameters, self.session.as_deref()).expect("Chromium listens");
        loop {
            let message = self
                .messages
                .recv_timeout(ANSWER_TIMEOUT)
                .unwrap_or_else(|_| panic!("Chromium does not answer {method}"));
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            if message["method"] == "Runtime.exceptionThrown"
                && message["sessionId"].as_str() == self.session.as_deref()
            {
                self.thrown.push(message["params"]["exceptionDetails"].to_string());
            }
        }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        _ = self.chromium.send("Target.disposeBrowserContext", json!({ "browserContextId": self.context }), None);
    }
}
