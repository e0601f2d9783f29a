//! Leases that expire unless they are renewed. An expired lease is logged and then removed, although it may have been
//! renewed in the meantime.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};
use tokio::time::{Instant, sleep};

const TERM: Duration = Duration::from_secs(30);

#[derive(Default)]
struct Leases(Mutex<BTreeMap<u32, Instant>>);

impl Leases {
    async fn grant(&self, holder: u32) {
        self.0.lock().await.insert(holder, Instant::now() + TERM);
    }

    /// Renews a lease. Returns whether it existed.
    async fn renew(&self, holder: u32) -> bool {
        let mut leases = self.0.lock().await;
        let Some(until) = leases.get_mut(&holder) else { return false };
        *until = Instant::now() + TERM;
        true
    }

    async fn is_held(&self, holder: u32) -> bool {
        self.0.lock().await.contains_key(&holder)
    }

    async fn sweep<const FIXED: bool>(&self, log: &mpsc::Sender<u32>) {
        let is_over = |until: &Instant| *until <= Instant::now();
        let leases = self.0.lock().await.clone();
        for (holder, _) in leases.into_iter().filter(|(_, until)| is_over(until)) {
            log.send(holder).await.unwrap();
            let mut leases = self.0.lock().await;
            if !FIXED || leases.get(&holder).is_some_and(is_over) {
                leases.remove(&holder);
            }
        }
    }
}

async fn hold(leases: Arc<Leases>, holder: u32, work: Duration) {
    leases.grant(holder).await;
    for _ in 0..3 {
        sleep(work).await;
        if !leases.renew(holder).await {
            return;
        }
        sleep(Duration::from_secs(1)).await;
        assert!(leases.is_held(holder).await, "a renewed lease is missing");
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let leases = Arc::new(Leases::default());
    let (to_log, mut log) = mpsc::channel(1);
    let logging = crate::spawn("log", async move { while log.recv().await.is_some() {} });
    let swept = leases.clone();
    let sweeping = crate::spawn("sweep", async move {
        for _ in 0..12 {
            sleep(Duration::from_secs(10)).await;
            swept.sweep::<FIXED>(&to_log).await;
        }
    });
    // Some renewals are late, and one only just.
    let work = [12, 20, 30, 45].map(Duration::from_secs);
    let holding = [0, 1, 2, 3].map(|at| crate::spawn("holder", hold(leases.clone(), at as u32, work[at])));
    for holder in holding {
        holder.await.unwrap();
    }
    sweeping.await.unwrap();
    logging.await.unwrap();
}
