//! A window of a browser that tests click through pages with.

use std::io::{Write, stderr};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::chromium::{Chromium, program};

/// For how long, of real time, an answer may be waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// One window with one page, which shares nothing with others but the process.
pub(crate) struct Window {
    chromium: Arc<Chromium>,
    messages: Receiver<Value>,
    context: Value,
    session: Option<String>,
    /// What the page's scripts have thrown.
    thrown: Vec<String>,
}

impl Window {
    /// A window of that size, or none where there is no Chromium; then, a line on the standard error says so, past libtest,
    /// which would keep it.
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
        let messages = chromium.heard();
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
        // Of several windows, each is as if it were the one in front.
        window.call("Emulation.setFocusEmulationEnabled", json!({ "enabled": true }));
        Some(window)
    }

    /// Opens a file, with what is to stand behind it in the address.
    pub(crate) fn go_to(&mut self, file: &Path, fragment: &str) {
        self.call("Page.navigate", json!({ "url": "about:blank" }));
        self.call("Page.navigate", json!({ "url": format!("file://{}{fragment}", file.display()) }));
        self.wait_until("document.readyState === 'complete' && location.protocol === 'file:'");
    }

    /// What an expression of the page's script comes to.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let result = self.call("Runtime.evaluate", parameters);
        assert!(result["exceptionDetails"].is_null(), "{expression}: {}", result["exceptionDetails"]);
        result["result"]["value"].clone()
    }

    /// The text of what an expression comes to.
    pub(crate) fn text(&mut self, expression: &str) -> String {
        self.evaluate(expression).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub(crate) fn wait_until(&mut self, expression: &str) {
        let begun = Instant::now();
        while self.evaluate(expression) != true {
            assert!(begun.elapsed() < PATIENCE, "it does not come: {expression}");
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

    /// Turns the wheel, away from the user if it is less than 0.
    pub(crate) fn wheel(&mut self, (x, y): (f64, f64), by: f64) {
        let event = json!({ "type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": by });
        self.call("Input.dispatchMouseEvent", event);
    }

    /// The middle of the first element that a selector finds.
    pub(crate) fn middle(&mut self, selector: &str) -> (f64, f64) {
        let box_of = format!(
            "(b => [b.x + b.width / 2, b.y + b.height / 2])(document.querySelector({selector:?}).getBoundingClientRect())"
        );
        let middle = self.evaluate(&box_of);
        (middle[0].as_f64().expect("it is there"), middle[1].as_f64().expect("it is there"))
    }

    /// What the page's scripts have thrown so far.
    pub(crate) fn thrown(&self) -> &[String] {
        &self.thrown
    }

    /// Calls a method of the protocol, and waits for what it returns.
    pub(crate) fn call(&mut self, method: &str, parameters: Value) -> Value {
        let id = self.chromium.send(method, parameters, self.session.as_deref()).expect("Chromium listens");
        loop {
            let message =
                self.messages.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("Chromium does not answer to {method}"));
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
