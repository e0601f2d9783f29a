//! A hub that aborts its subscriptions at shutdown. A subscription that is being checked at that time starts later and
//! leaks.

use std::sync::Arc;

use tokio::sync::{Mutex, watch};

type Abort = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Subscriptions {
    is_closed: bool,
    running: Vec<Abort>,
}

struct Hub {
    news: watch::Sender<u32>,
    subscriptions: Mutex<Subscriptions>,
    users: Mutex<Vec<&'static str>>,
}

impl Hub {
    async fn subscribe<const FIXED: bool>(self: Arc<Self>, user: &'static str) {
        if !FIXED && self.subscriptions.lock().await.is_closed {
            return;
        }
        self.users.lock().await.push(user);
        let mut subscriptions = self.subscriptions.lock().await;
        if FIXED && subscriptions.is_closed {
            return;
        }
        let subscription = crate::spawn("subscription", self.clone().push_news());
        subscriptions.running.push(Box::new(move || subscription.abort()));
    }

    /// Runs until it is aborted, because its reference to the hub keeps the news channel open.
    async fn push_news(self: Arc<Self>) {
        let mut news = self.news.subscribe();
        let mut pushed = 0;
        while news.changed().await.is_ok() {
            pushed += *news.borrow_and_update();
        }
        unreachable!("the news ended after {pushed}");
    }

    async fn shut_down(self: Arc<Self>) {
        let mut subscriptions = self.subscriptions.lock().await;
        subscriptions.is_closed = true;
        for abort in subscriptions.running.drain(..) {
            abort();
        }
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let hub = Arc::new(Hub { news: watch::channel(0).0, subscriptions: Mutex::default(), users: Mutex::default() });
    let users = ["ann", "bob"].map(|user| crate::spawn("user", hub.clone().subscribe::<FIXED>(user)));
    let editor = hub.clone();
    let editor = crate::spawn("editor", async move {
        for number in 1..=3 {
            editor.news.send_replace(number);
            editor.users.lock().await.sort_unstable();
        }
    });
    let stopping = crate::spawn("shutdown", hub.shut_down());

    for user in users {
        user.await.unwrap();
    }
    editor.await.unwrap();
    stopping.await.unwrap();
}
