//! A document that is changed without a lock: read, render, and stored if the version is still the one that was read. Whoever
//! meets a newer one three times gives up, and says nothing.

use std::sync::Arc;

use tokio::sync::{Mutex, Semaphore};

const ATTEMPTS: u32 = 3;

#[derive(Clone, Default)]
struct Document {
    version: u32,
    lines: Vec<u32>,
}

struct Store {
    document: Mutex<Document>,
    renderers: Semaphore,
}

impl Store {
    async fn render(&self, mut document: Document, line: u32) -> Document {
        let _renderer = self.renderers.acquire().await.unwrap();
        document.lines.push(line);
        document
    }

    /// Stores a new version of the document, unless there is another already.
    async fn replace(&self, document: Document) -> bool {
        let mut current = self.document.lock().await;
        let is_current = current.version == document.version;
        if is_current {
            *current = Document { version: document.version + 1, ..document };
        }
        is_current
    }

    async fn add<const FIXED: bool>(&self, line: u32) {
        for _ in 0..ATTEMPTS {
            let document = self.document.lock().await.clone();
            let document = self.render(document, line).await;
            if self.replace(document).await {
                return;
            }
        }
        if FIXED {
            let mut current = self.document.lock().await;
            current.version += 1;
            current.lines.push(line);
        }
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let store = Arc::new(Store { document: Mutex::default(), renderers: Semaphore::new(8) });
    let mut tasks = Vec::new();
    for line in 0..4 {
        let store = store.clone();
        tasks.push(crate::spawn("author", async move { store.add::<FIXED>(line).await }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let mut lines = store.document.lock().await.lines.clone();
    lines.sort_unstable();
    assert_eq!(lines, [0, 1, 2, 3], "a line is missing");
}
