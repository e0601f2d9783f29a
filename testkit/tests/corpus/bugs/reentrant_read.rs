//! A catalog that takes the read lock again for each title of a listing, while it still holds the lock. If a writer
//! is queued between the two, both wait forever.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{RwLock, mpsc};

#[derive(Default)]
struct Catalog {
    titles: RwLock<BTreeMap<u32, String>>,
}

impl Catalog {
    async fn title(&self, book: u32) -> Option<String> {
        self.titles.read().await.get(&book).cloned()
    }

    async fn list<const FIXED: bool>(&self) -> Vec<String> {
        if FIXED {
            self.titles.read().await.values().cloned().collect()
        } else {
            let titles = self.titles.read().await;
            let mut list = Vec::new();
            for book in titles.keys() {
                list.extend(self.title(*book).await);
            }
            list
        }
    }

    async fn add(&self, book: u32, title: &str) {
        self.titles.write().await.insert(book, title.to_owned());
    }
}

async fn publish(catalog: Arc<Catalog>, mut books: mpsc::Receiver<(u32, &'static str)>) {
    while let Some((book, title)) = books.recv().await {
        catalog.add(book, title).await;
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let catalog = Arc::new(Catalog::default());
    catalog.add(1, "Emma").await;
    let (announce, books) = mpsc::channel(2);
    let publisher = crate::spawn("publisher", publish(catalog.clone(), books));
    let reader = catalog.clone();
    let reader = crate::spawn("reader", async move {
        let mut seen = 0;
        for _ in 0..3 {
            let list = reader.list::<FIXED>().await;
            assert!(list.len() >= seen, "a book is missing");
            seen = list.len();
        }
    });
    for (book, title) in [(2, "Ulysses"), (3, "Walden")] {
        announce.send((book, title)).await.unwrap();
    }
    drop(announce);

    publisher.await.unwrap();
    reader.await.unwrap();
    assert_eq!(catalog.list::<FIXED>().await.len(), 3);
}
