//! Cost of an interceptor per call, compared with the same call without one in the same run.
//!
//! `cargo bench -p di-core --bench intercept` prints the best of many rounds, and the ratio to the call without an
//! interceptor. The methods are called on an `Arc<dyn ..>`, as those of components are. A handwritten
//! decorator that does nothing shows the cost of any decorator.

use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use async_trait::async_trait;
use di_core::Intercepted;
use di_core::intercept::{Call, Ending, Interceptor, Method};

#[di_core::intercept]
#[async_trait]
trait Store: Send + Sync {
    async fn get(&self, key: &str) -> Result<u64, std::io::Error>;
    async fn put(&self, key: &str, value: u64) -> Result<(), std::io::Error>;
    fn count(&self, key: &str) -> u64;
}

struct Memory;

#[async_trait]
impl Store for Memory {
    async fn get(&self, key: &str) -> Result<u64, std::io::Error> {
        Ok(key.len() as u64)
    }

    async fn put(&self, _key: &str, _value: u64) -> Result<(), std::io::Error> {
        Ok(())
    }

    #[inline(never)]
    fn count(&self, key: &str) -> u64 {
        key.len() as u64
    }
}

struct ByHand(Arc<dyn Store>);

#[async_trait]
impl Store for ByHand {
    async fn get(&self, key: &str) -> Result<u64, std::io::Error> {
        self.0.get(key).await
    }

    async fn put(&self, key: &str, value: u64) -> Result<(), std::io::Error> {
        self.0.put(key, value).await
    }

    #[inline(never)]
    fn count(&self, key: &str) -> u64 {
        self.0.count(key)
    }
}

struct Nothing;

impl Interceptor for Nothing {}

#[derive(Default)]
struct Counts {
    begun: AtomicU64,
    failed: AtomicU64,
}

impl Interceptor for Counts {
    fn before(&self, _call: &Call<'_>) {
        self.begun.fetch_add(1, Ordering::Relaxed);
    }

    fn after(&self, _method: &'static Method, ending: &Ending<'_>) {
        if let Ending::Failed(_) = ending {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Returns the output of a future that never waits.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("the future never waits"),
    }
}

const ROUNDS: usize = 200;
const CALLS: u32 = 10_000;

/// Name of a store, and a function that makes a round of calls to it.
type Round = (&'static str, Box<dyn FnMut()>);

/// Returns the nanoseconds per call: the best of many rounds. The `calls` take turns in each round.
fn best<const N: usize>(mut calls: [Round; N]) -> [(&'static str, f64); N] {
    let mut best = calls.each_ref().map(|(name, _)| (*name, f64::INFINITY));
    for _ in 0..ROUNDS {
        for ((_, call), (_, best)) in calls.iter_mut().zip(&mut best) {
            let begun = Instant::now();
            call();
            *best = best.min(begun.elapsed().as_nanos() as f64 / f64::from(CALLS));
        }
    }
    best
}

fn table(title: &str, rows: &[(&str, f64)]) {
    println!("{title}");
    for (name, time) in rows {
        let (plain, more) = (rows[0].1, time - rows[0].1);
        println!("  {name:<34} {time:>8.2} ns   {:>5.2} x   {more:>+7.2} ns", time / plain);
    }
}

fn main() {
    let plain: Arc<dyn Store> = Arc::new(Memory);
    let stores: [(&str, Arc<dyn Store>); 4] = [
        ("no interceptor", plain.clone()),
        ("empty handwritten decorator", Arc::new(ByHand(plain.clone()))),
        ("empty interceptor", Arc::new(Intercepted::new(plain.clone(), Nothing))),
        ("counting interceptor", Arc::new(Intercepted::new(plain, Counts::default()))),
    ];
    let each = |call: fn(&dyn Store)| {
        stores.clone().map(|(name, store)| -> Round {
            (
                name,
                Box::new(move || {
                    for _ in 0..CALLS {
                        call(&**black_box(&store));
                    }
                }),
            )
        })
    };
    table("async call", &best(each(|store| drop(black_box(ready(store.get(black_box("key"))))))));
    table("async call with two arguments", &best(each(|store| drop(black_box(ready(store.put(black_box("key"), 1)))))));
    table("sync call", &best(each(|store| _ = black_box(store.count(black_box("key"))))));
}
