//! Failing tests that produce the checked timelines.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex as StdMutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use testkit::Sim;
use testkit::net::Host;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Mutex, mpsc};

use crate::support::{MILLISECOND, SECOND};

struct Account {
    name: &'static str,
    balance: Mutex<i64>,
}

impl Account {
    fn new(name: &'static str, balance: i64) -> Arc<Self> {
        Arc::new(Account { name, balance: Mutex::new(balance) })
    }
}

/// Locks both accounts, the paying one first.
async fn transfer(sim: Sim, amount: i64, from: Arc<Account>, to: Arc<Account>) {
    let mut source = from.balance.lock().await;
    sim.note(format!("{amount} from {} to {}", from.name, to.name));
    let mut goal = to.balance.lock().await;
    *source -= amount;
    *goal += amount;
}

/// Checks the sum every second.
async fn audit(accounts: [Arc<Account>; 2]) {
    for _ in 0..2 {
        tokio::time::sleep(SECOND).await;
        let [one, other] = &accounts;
        let sum = *one.balance.lock().await + *other.balance.lock().await;
        assert_eq!(sum, 1_000);
    }
}

/// Two transfers in opposite directions wait for each other.
pub(crate) async fn deadlock(sim: Sim) {
    let (checking, savings) = (Account::new("checking", 700), Account::new("savings", 300));
    let audit = sim.spawn("audit", audit([checking.clone(), savings.clone()]));
    sim.sleep(500 * MILLISECOND).await;
    let rent = sim.spawn("rent", transfer(sim, 400, checking.clone(), savings.clone()));
    let salary = sim.spawn("salary", transfer(sim, 900, savings, checking));
    rent.await.unwrap();
    salary.await.unwrap();
    audit.await.unwrap();
}

/// A mailbox that keeps only the waker from its first poll.
#[derive(Clone, Default)]
struct Mailbox(Arc<StdMutex<Mail>>);

#[derive(Default)]
struct Mail {
    letters: Vec<&'static str>,
    waker: Option<Waker>,
    was_polled: bool,
}

impl Mailbox {
    fn deliver(&self, letter: &'static str) {
        let mut mail = self.0.lock().unwrap();
        mail.letters.push(letter);
        if let Some(waker) = mail.waker.take() {
            waker.wake();
        }
    }
}

impl Future for Mailbox {
    type Output = &'static str;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<&'static str> {
        let mut mail = self.0.lock().unwrap();
        if mail.letters.len() > 1 {
            return Poll::Ready(mail.letters.remove(0));
        }
        if !std::mem::replace(&mut mail.was_polled, true) {
            mail.waker = Some(context.waker().clone());
        }
        Poll::Pending
    }
}

/// The reader waits for two letters and is not woken for the second one.
pub(crate) async fn missed_waker(sim: Sim) {
    let mailbox = Mailbox::default();
    let reader = sim.spawn("reader", mailbox.clone());
    let postman = sim.spawn("postman", async move {
        for letter in ["a bill", "a postcard"] {
            tokio::time::sleep(SECOND).await;
            mailbox.deliver(letter);
        }
    });
    postman.await.unwrap();
    sim.note(reader.await.unwrap());
}

/// Fifty workers send tokens, which takes more than 5,000 steps. The final assertion fails.
pub(crate) async fn long(sim: Sim) {
    const WORKERS: usize = 50;
    const ROUNDS: usize = 65;
    let (sender, mut receiver) = mpsc::channel::<usize>(4);
    let workers: Vec<_> = (0..WORKERS)
        .map(|worker| {
            let sender = sender.clone();
            sim.spawn(&format!("worker-{worker}"), async move {
                for round in 0..ROUNDS {
                    tokio::time::sleep(Duration::from_millis((worker * 7 + round * 13) as u64 % 50)).await;
                    sender.send(worker).await.unwrap();
                }
            })
        })
        .collect();
    drop(sender);
    let mut received = 0;
    while let Some(worker) = receiver.recv().await {
        received += 1;
        if received % 800 == 0 {
            sim.note(format!("{received} received, the last from worker-{worker}"));
        }
    }
    for worker in workers {
        worker.await.unwrap();
    }
    assert_eq!(received, WORKERS * ROUNDS + 1, "one token is missing");
}

/// Uses a container's services, but not its network.
pub(crate) async fn unused_network(sim: Sim) {
    let ambient = sim.ambient();
    ambient.clock.sleep(SECOND).await;
    sim.spawn("worker", async {}).await.unwrap();
    panic!("the first of many lines\n{}", "  and another\n".repeat(40));
}

/// Uses the network.
pub(crate) async fn used_network(sim: Sim) {
    let mut listener = sim.host("server").network().bind("0.0.0.0:80").await.unwrap();
    sim.ambient().network.connect("server:80").await.unwrap();
    listener.accept().await.unwrap();
    panic!("enough");
}

/// All names and texts contain markup.
pub(crate) async fn markup(sim: Sim) {
    sim.spawn(MARKUP, async {}).await.unwrap();
    sim.note(MARKUP);
    panic!("{MARKUP}");
}

pub(crate) const MARKUP: &str = "</script><!--<b title=\"&\">\u{2028}\n\\";

/// Answers each request with its length, like a database.
async fn serve(db: Host) -> io::Result<()> {
    let mut listener = db.network().bind("0.0.0.0:5432").await?;
    loop {
        let (mut connection, _) = listener.accept().await?;
        let mut request = [0; 64];
        while let Ok(length) = connection.read(&mut request).await
            && length > 0
        {
            connection.write_all(&[length as u8]).await?;
        }
    }
}

/// Sends queries over one connection until it breaks.
async fn ask(client: Host, queries: usize) -> io::Result<()> {
    let mut connection = client.network().connect("db:5432").await?;
    for _ in 0..queries {
        connection.write_all(b"query").await?;
        connection.read_u8().await?;
    }
    Ok(())
}

/// A client talks to a database that crashes, restarts, and is then no longer reachable.
pub(crate) async fn hosts(sim: Sim) {
    let net = sim.net();
    net.latency(10 * MILLISECOND);
    let (db, client) = (sim.host("db"), sim.host("client"));
    db.run(move || serve(db));
    sim.settle().await;
    let asking = client.spawn("ask", ask(client, 100));
    sim.sleep(75 * MILLISECOND).await;
    db.crash();
    asking.await.unwrap().unwrap_err();
    sim.sleep(20 * MILLISECOND).await;
    db.restart();
    sim.settle().await;
    client.spawn("ask again", ask(client, 2)).await.unwrap().unwrap();
    net.link("client", "db").cut();
    client.spawn("ask in vain", ask(client, 1)).await.unwrap().unwrap();
}

/// Two hosts exchange thousands of packets.
pub(crate) async fn many_packets(sim: Sim) {
    let (db, client) = (sim.host("db"), sim.host("client"));
    db.run(move || serve(db));
    sim.settle().await;
    client.spawn("ask", ask(client, 1_500)).await.unwrap().unwrap();
    panic!("enough");
}
