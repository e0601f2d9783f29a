//! bb8, a connection pool: it opens connections in tasks of its own.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bb8::{Builder, ManageConnection, Pool, RunError};
use testkit::{Explorer, FailureKind, Sim};
use tokio::sync::Barrier;
use tokio::task::{JoinSet, yield_now};

/// Opens connections that count how many of them there are.
#[derive(Default)]
struct Manager {
    open: Arc<AtomicU32>,
    most: Arc<AtomicU32>,
}

struct Connection {
    open: Arc<AtomicU32>,
    breaks: bool,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl ManageConnection for Manager {
    type Connection = Connection;
    type Error = Infallible;

    async fn connect(&self) -> Result<Connection, Infallible> {
        let open = self.open.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(open, Ordering::Relaxed);
        let connection = Connection { open: self.open.clone(), breaks: false };
        yield_now().await;
        Ok(connection)
    }

    async fn is_valid(&self, _: &mut Connection) -> Result<(), Infallible> {
        yield_now().await;
        Ok(())
    }

    fn has_broken(&self, connection: &mut Connection) -> bool {
        connection.breaks
    }
}

/// Without the task that closes old connections. It measures their age with the clock of std, and ends only some time
/// after its pool.
fn builder(max_size: u32) -> Builder<Manager> {
    Pool::builder().max_size(max_size).max_lifetime(None).idle_timeout(None)
}

/// `Builder::max_size`: the pool manages at most this many connections.
#[testkit::test]
async fn there_are_never_more_connections_than_the_maximum(sim: Sim) {
    let manager = Manager::default();
    let (open, most) = (manager.open.clone(), manager.most.clone());
    let pool = builder(2).min_idle(1).build(manager).await.unwrap();
    let mut users = JoinSet::new();
    for number in 0..4 {
        let pool = pool.clone();
        users.spawn(async move {
            let mut connection = sim.cancel_anywhere(pool.get()).await?.unwrap();
            yield_now().await;
            connection.breaks = number == 0;
            Some(())
        });
    }
    users.join_all().await;
    sim.settle().await;
    assert!(most.load(Ordering::Relaxed) <= 2);
    let state = pool.state();
    assert_eq!((state.connections, state.idle_connections), (open.load(Ordering::Relaxed), state.connections));
}

/// `Pool::get` and `PooledConnection`: the guard gives the connection back when it is dropped. A dropped `get` keeps
/// none.
#[testkit::test]
async fn a_connection_is_there_again_after_its_user_gives_up(sim: Sim) {
    let pool = builder(1).build(Manager::default()).await.unwrap();
    let mut users = JoinSet::new();
    for _ in 0..3 {
        let pool = pool.clone();
        users.spawn(async move {
            let using = async {
                let _connection = pool.get().await.unwrap();
                yield_now().await;
            };
            _ = sim.cancel_anywhere(using).await;
        });
    }
    users.join_all().await;
    let begun = sim.elapsed();
    drop(pool.get_owned().await.unwrap());
    assert_eq!(sim.elapsed(), begun);
    assert_eq!(pool.state().connections, 1);
    assert_eq!(pool.state().idle_connections, 1);
}

/// `Pool::get`: a waiting task receives a connection as soon as other tasks give theirs back.
#[testkit::test]
async fn everyone_who_waits_gets_a_connection(sim: Sim) {
    let pool = builder(2).build(Manager::default()).await.unwrap();
    let mut users = JoinSet::new();
    for _ in 0..5 {
        let pool = pool.clone();
        users.spawn(async move {
            let _connection = pool.get().await.unwrap();
            yield_now().await;
        });
    }
    users.join_all().await;
    assert_eq!(sim.elapsed(), Duration::ZERO);
}

/// `Builder::connection_timeout`: a `get` waits this long before it gives up.
#[testkit::test]
async fn a_get_gives_up_after_its_time(sim: Sim) {
    let time = Duration::from_secs(5);
    let pool = builder(1).connection_timeout(time).build(Manager::default()).await.unwrap();
    let held = pool.get().await.unwrap();
    let mut users = JoinSet::new();
    for number in 0..3 {
        let pool = pool.clone();
        users.spawn(async move {
            sim.sleep(Duration::from_secs(number)).await;
            let begun = sim.elapsed();
            assert!(matches!(pool.get().await, Err(RunError::TimedOut)));
            assert_eq!(sim.elapsed() - begun, time);
        });
    }
    users.join_all().await;
    drop(held);
    drop(pool.get().await.unwrap());
}

/// Two tasks need a connection each, at the same time, from a pool of two.
async fn both_get_one_of_two() {
    let pool = builder(2).build(Manager::default()).await.unwrap();
    let held = [pool.get_owned().await.unwrap(), pool.get_owned().await.unwrap()];
    let both_have_one = Arc::new(Barrier::new(2));
    let mut users = JoinSet::new();
    for _ in 0..2 {
        let (pool, both_have_one) = (pool.clone(), both_have_one.clone());
        users.spawn(async move {
            let connection = pool.get().await;
            assert!(connection.is_ok(), "{} connections are idle", pool.state().idle_connections);
            both_have_one.wait().await;
        });
    }
    yield_now().await;
    drop(held);
    users.join_all().await;
}

/// bb8 breaks the promise of `Pool::get`: `get` looks for an idle connection, and then waits for a notification. If two
/// connections come back in between, to two tasks, `Notify` keeps only one notification. So one task waits until its
/// time is up, although a connection is idle. See <https://github.com/djc/bb8/issues/122>.
#[test]
fn a_get_times_out_beside_an_idle_connection() {
    let outcome = Explorer::new().run(|_| both_get_one_of_two());
    let kind = outcome.failure().map(|failure| failure.kind());
    assert_eq!(kind, testkit::has_tokio_hooks().then_some(FailureKind::Panic), "{:?}", outcome.failure());
}
