//! A wait group. Each finished worker wakes the waiter, but the waiting future registers its waker only in its first
//! poll. After an early wake, nothing wakes it again.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use tokio::sync::mpsc;

#[derive(Default)]
struct Group {
    left: usize,
    wakers: Vec<Waker>,
}

/// Membership of a worker in the group. The worker is done when this is dropped.
struct Member(Arc<Mutex<Group>>);

impl Member {
    fn of(group: &Arc<Mutex<Group>>) -> Self {
        group.lock().unwrap().left += 1;
        Member(group.clone())
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let wakers = {
            let mut group = self.0.lock().unwrap();
            group.left -= 1;
            std::mem::take(&mut group.wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }
}

struct Done<const FIXED: bool> {
    group: Arc<Mutex<Group>>,
    is_registered: bool,
}

impl<const FIXED: bool> Future for Done<FIXED> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let group = self.group.clone();
        let mut group = group.lock().unwrap();
        if group.left == 0 {
            return Poll::Ready(());
        }
        if FIXED || !self.is_registered {
            self.is_registered = true;
            group.wakers.push(context.waker().clone());
        }
        Poll::Pending
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let group = Arc::default();
    let (results, mut all) = mpsc::channel(4);
    for number in 0..4_u32 {
        let (member, results) = (Member::of(&group), results.clone());
        drop(crate::spawn("worker", async move {
            results.send(number * 10).await.unwrap();
            drop(member);
        }));
    }
    drop(results);
    Done::<FIXED> { group, is_registered: false }.await;
    let mut sum = 0;
    while let Some(result) = all.recv().await {
        sum += result;
    }
    assert_eq!(sum, 60);
}
