//! A hand-written barrier between the steps of a computation. It has no generations: a fast worker arrives for the next
//! step before a slow worker has noticed the end of the previous one.

use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use tokio::sync::{mpsc, oneshot};

const WORKERS: usize = 3;

#[derive(Default)]
struct State {
    arrived: usize,
    step: usize,
    waiting: Vec<Waker>,
}

#[derive(Default)]
struct Barrier(Mutex<State>);

impl Barrier {
    async fn wait<const FIXED: bool>(&self) {
        let step = {
            let mut state = self.0.lock().unwrap();
            state.arrived += 1;
            if state.arrived == WORKERS {
                state.arrived = 0;
                state.step += 1;
                state.waiting.drain(..).for_each(Waker::wake);
                return;
            }
            state.step
        };
        poll_fn(|context| {
            let mut state = self.0.lock().unwrap();
            let is_over = if FIXED { state.step != step } else { state.arrived == 0 };
            if is_over {
                return Poll::Ready(());
            }
            state.waiting.push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// Adds the results of the workers and returns the sum so far.
async fn reduce(mut parts: mpsc::Receiver<(usize, oneshot::Sender<usize>)>) -> usize {
    let mut sum = 0;
    while let Some((part, answer)) = parts.recv().await {
        sum += part;
        answer.send(sum).unwrap();
    }
    sum
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let barrier = Arc::new(Barrier::default());
    let (parts, reducing) = mpsc::channel(WORKERS);
    let reducer = crate::spawn("reducer", reduce(reducing));
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| {
            let (barrier, parts) = (barrier.clone(), parts.clone());
            crate::spawn("worker", async move {
                for step in 1..=3 {
                    let (answer, sum) = oneshot::channel();
                    parts.send((1, answer)).await.unwrap();
                    let sum = sum.await.unwrap();
                    assert!(sum > (step - 1) * WORKERS && sum <= step * WORKERS, "step {step} is mixed with another");
                    barrier.wait::<FIXED>().await;
                }
            })
        })
        .collect();
    drop(parts);

    for worker in workers {
        worker.await.unwrap();
    }
    assert_eq!(reducer.await.unwrap(), 3 * WORKERS);
}
