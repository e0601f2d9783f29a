//! A Chromium process, controlled over a pipe with its debugging protocol.

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, Weak};
use std::thread;

use serde_json::{Value, json};
use tempfile::TempDir;

/// The running process. Windows share it, because its start takes longer than most tests.
static RUNNING: Mutex<Weak<Chromium>> = Mutex::new(Weak::new());

/// The process that all windows share.
pub(crate) struct Chromium {
    process: Mutex<Child>,
    input: Mutex<ChildStdin>,
    /// Receivers of messages.
    receivers: Arc<Mutex<Vec<Sender<Value>>>>,
    /// Number of the next command.
    commands: AtomicU64,
    /// Profile of the process, removed together with it.
    _profile: TempDir,
}

impl Chromium {
    /// Returns the running process, or starts one.
    pub(crate) fn running(program: &Path) -> Arc<Self> {
        let mut running = RUNNING.lock().unwrap();
        running.upgrade().unwrap_or_else(|| {
            let started = Arc::new(Chromium::start(program));
            *running = Arc::downgrade(&started);
            started
        })
    }

    fn start(program: &Path) -> Self {
        let profile = tempfile::tempdir().expect("there is a directory for temporary files");
        // The protocol uses the descriptors 3 and 4, which the shell duplicates from the standard ones.
        let mut process = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1"])
            .arg(program)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe"])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("there is a shell");
        let input = process.stdin.take().expect("it is piped");
        let mut output = BufReader::new(process.stdout.take().expect("it is piped"));
        let receivers = Arc::new(Mutex::new(Vec::<Sender<Value>>::new()));
        let all = receivers.clone();
        thread::spawn(move || {
            let mut message = Vec::new();
            // A message ends in a zero byte.
            while output.read_until(0, &mut message).is_ok_and(|count| count > 0) {
                message.pop();
                let read: Value = serde_json::from_slice(&message).expect("the protocol is JSON");
                all.lock().unwrap().retain(|one| one.send(read.clone()).is_ok());
                message.clear();
            }
            all.lock().unwrap().clear();
        });
        Chromium {
            process: process.into(),
            input: input.into(),
            receivers,
            commands: AtomicU64::new(1),
            _profile: profile,
        }
    }

    /// Receives all messages from now on.
    pub(crate) fn messages(&self) -> Receiver<Value> {
        let (sender, receiver) = mpsc::channel();
        self.receivers.lock().unwrap().push(sender);
        receiver
    }

    /// Sends a command, optionally to a session. Returns the command's number, which the answer repeats.
    pub(crate) fn send(&self, method: &str, parameters: Value, session: Option<&str>) -> io::Result<u64> {
        let id = self.commands.fetch_add(1, Ordering::Relaxed);
        let mut command = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = session {
            command["sessionId"] = session.into();
        }
        let mut bytes = command.to_string().into_bytes();
        bytes.push(0);
        let mut input = self.input.lock().unwrap();
        input.write_all(&bytes)?;
        input.flush()?;
        Ok(id)
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let process = self.process.get_mut().unwrap();
        _ = process.kill();
        _ = process.wait();
    }
}

/// Searches the `PATH` for Chromium under its various names.
pub(crate) fn program() -> Option<PathBuf> {
    let folders: Vec<_> = env::split_paths(&env::var_os("PATH")?).collect();
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let mut files = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    if cfg!(unix) { files.find(|file| file.is_file()) } else { None }
}
