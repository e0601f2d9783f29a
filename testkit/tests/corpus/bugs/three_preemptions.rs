//! A document with optimistic locking: it is read, rendered, and stored if its version has not changed. A writer that
//! finds a newer version three times gives up silently.

use std::sync::{Arc, Mutex};

use tokio::sync::{RwLock, Semaphore};

const ATTEMPTS: u32 = 3;
const AUTHORS: u32 = 6;

#[derive(Clone, Default)]
struct Document {
    version: u32,
    lines: Vec<(u32, u32)>,
}

struct Editor {
    document: Mutex<Document>,
    renderers: Semaphore,
    font: RwLock<u32>,
    width: RwLock<u32>,
}

impl Editor {
    fn read(&self) -> Document {
        self.document.lock().unwrap().clone()
    }

    async fn render(&self, mut document: Document, line: u32) -> Document {
        let _renderer = self.renderers.acquire().await.unwrap();
        let (font, width) = (*self.font.read().await, *self.width.read().await);
        document.lines.push((line, width / font));
        document
    }

    /// Stores the document unless its version has changed.
    fn store(&self, document: Document) -> bool {
        let mut current = self.document.lock().unwrap();
        let is_current = current.version == document.version;
        if is_current {
            *current = Document { version: document.version + 1, ..document };
        }
        is_current
    }

    async fn add<const FIXED: bool>(&self, line: u32) {
        let mut attempts = 0;
        while FIXED || attempts < ATTEMPTS {
            let document = self.render(self.read(), line).await;
            if self.store(document) {
                return;
            }
            attempts += 1;
        }
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let editor = Arc::new(Editor {
        document: Mutex::default(),
        renderers: Semaphore::new(AUTHORS as usize),
        font: RwLock::new(12),
        width: RwLock::new(960),
    });
    let mut tasks = Vec::new();
    for line in 0..AUTHORS {
        let editor = editor.clone();
        tasks.push(crate::spawn("author", async move { editor.add::<FIXED>(line).await }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let mut lines = editor.read().lines;
    lines.sort_unstable();
    assert!(lines.into_iter().eq((0..AUTHORS).map(|line| (line, 80))), "a line is missing");
}
