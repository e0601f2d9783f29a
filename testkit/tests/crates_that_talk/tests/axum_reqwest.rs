//! axum and reqwest: a service and its clients over HTTP/1.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::future::join_all;
use reqwest::Client;
use testkit::Sim;
use testkit::net::{Host, Restart};
use tokio::net::TcpListener;
use tokio::time::sleep;

/// Amounts by account.
type Accounts = Arc<Mutex<BTreeMap<String, u64>>>;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Adds an amount to an account, and returns the new balance.
async fn deposit(State(accounts): State<Accounts>, Path(name): Path<String>, Json(amount): Json<u64>) -> Json<u64> {
    let mut accounts = accounts.lock().unwrap();
    let balance = accounts.entry(name).or_default();
    *balance += amount;
    Json(*balance)
}

async fn report() -> &'static str {
    sleep(SECOND).await;
    "all is well"
}

fn router(accounts: Accounts) -> Router {
    Router::new().route("/accounts/{name}", post(deposit)).route("/report", get(report)).with_state(accounts)
}

/// Starts the service on its host. It keeps its accounts over crashes.
async fn start(sim: Sim, accounts: &Accounts) -> Host {
    let (server, accounts) = (sim.host("bank"), accounts.clone());
    server.run(move || {
        let router = router(accounts.clone());
        async move { axum::serve(TcpListener::bind("0.0.0.0:80").await?, router).await }
    });
    sim.settle().await;
    server
}

async fn add(client: &Client, account: usize, amount: u64) -> reqwest::Result<u64> {
    let url = format!("http://bank/accounts/{account}");
    client.post(url).json(&amount).send().await?.error_for_status()?.json().await
}

/// `Client`: holds a connection pool, so that a second request needs no new connection.
#[testkit::test(schedules = 200)]
async fn each_client_gets_its_answers_under_latency(sim: Sim) {
    start(sim, &Accounts::default()).await;
    sim.net().latency(10 * MILLISECOND);
    let mut clients = Vec::new();
    for account in 0..3 {
        let asking = sim.host(&format!("client{account}")).spawn("client", async move {
            let client = Client::new();
            assert_eq!(add(&client, account, 1).await.unwrap(), 1);
            assert_eq!(sim.elapsed(), 40 * MILLISECOND);
            assert_eq!(add(&client, account, 2).await.unwrap(), 3);
            assert_eq!(sim.elapsed(), 60 * MILLISECOND);
        });
        clients.push(asking);
    }
    join_all(clients).await.into_iter().for_each(|asked| asked.unwrap());
}

/// `ClientBuilder::timeout` limits a request as a whole. Without it, a request outlives a partition.
#[testkit::test(schedules = 200)]
async fn a_request_times_out_or_outlives_a_partition(sim: Sim) {
    let accounts = Accounts::default();
    start(sim, &accounts).await;
    sim.net().latency(10 * MILLISECOND);
    let asking = sim.host("client").spawn("client", async move {
        let (patient, hasty) = (Client::new(), Client::builder().timeout(5 * SECOND).build().unwrap());
        add(&patient, 0, 1).await.unwrap();
        sim.net().partition(["client"], ["bank"]);
        let begun = sim.elapsed();
        let error = add(&hasty, 0, 10).await.unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
        assert_eq!(sim.elapsed() - begun, 5 * SECOND);
        let (answer, ()) = tokio::join!(add(&patient, 0, 100), async {
            sleep(60 * SECOND).await;
            sim.net().heal();
        });
        assert_eq!(answer.unwrap(), 101);
        assert_eq!(add(&hasty, 0, 1000).await.unwrap(), 1101);
    });
    asking.await.unwrap();
}

/// A reset ends a request with an error, or leaves it alone. No request is applied twice, and the client can go on.
#[testkit::test(schedules = 500)]
async fn a_reset_request_fails_and_is_never_applied_twice(sim: Sim) {
    let accounts = Accounts::default();
    start(sim, &accounts).await;
    sim.net().latency(10 * MILLISECOND).may_reset();
    let mut clients = Vec::new();
    for account in 0..2 {
        let accounts = accounts.clone();
        let asking = sim.host(&format!("client{account}")).spawn("client", async move {
            let client = Client::new();
            let mut sum = 0;
            for amount in [1, 10, 100] {
                let answer = add(&client, account, amount).await;
                let balance = accounts.lock().unwrap().get(&account.to_string()).copied().unwrap_or(0);
                match answer {
                    Ok(answer) => assert_eq!((answer, balance), (sum + amount, answer)),
                    Err(error) => {
                        assert!(!error.is_timeout() && !error.is_status(), "{error:?}");
                        assert!([sum, sum + amount].contains(&balance), "{error:?}: {balance} after {sum}");
                    }
                }
                sum = balance;
            }
            sim.net().calm();
            assert_eq!(add(&client, account, 1000).await.unwrap(), sum + 1000);
        });
        clients.push(asking);
    }
    join_all(clients).await.into_iter().for_each(|asked| asked.unwrap());
}

/// A connection that was reset while it was idle is replaced by a new one, without an error.
#[testkit::test(schedules = 200)]
async fn a_reset_of_an_idle_connection_goes_unnoticed(sim: Sim) {
    start(sim, &Accounts::default()).await;
    let asking = sim.host("client").spawn("client", async move {
        let client = Client::new();
        assert_eq!(add(&client, 0, 1).await.unwrap(), 1);
        sim.settle().await;
        sim.net().reset("bank");
        sim.settle().await;
        assert_eq!(add(&client, 0, 2).await.unwrap(), 3);
    });
    asking.await.unwrap();
}

/// The service may crash at any step. A client that repeats its failed requests succeeds in the end.
#[testkit::test(schedules = 500)]
async fn a_client_that_tries_again_outlives_crashes(sim: Sim) {
    let accounts = Accounts::default();
    let server = start(sim, &accounts).await;
    sim.net().latency(10 * MILLISECOND);
    server.may_crash(Restart::After(3 * SECOND));
    let asking = sim.host("client").spawn("client", async move {
        let client = Client::builder().timeout(SECOND).build().unwrap();
        let mut attempts = 1;
        while let Err(error) = add(&client, 0, 1).await {
            assert!(error.is_connect() || error.is_timeout() || error.is_request() || error.is_body(), "{error:?}");
            attempts += 1;
            if attempts == 5 {
                sim.net().calm();
            }
            assert!(attempts < 20, "{error:?}");
            sleep(SECOND).await;
        }
        let balance = accounts.lock().unwrap()["0"];
        assert!((1..=attempts).contains(&balance), "{balance} after {attempts} attempts");
    });
    asking.await.unwrap();
}

/// `Serve::with_graceful_shutdown`: requests that have begun are answered, later ones are refused.
#[testkit::test(schedules = 200)]
async fn a_graceful_shutdown_answers_what_has_begun(sim: Sim) {
    let stop = Arc::new(tokio::sync::Notify::new());
    let stopped = stop.clone();
    let serving = sim.host("bank").spawn("bank", async move {
        let listener = TcpListener::bind("0.0.0.0:80").await?;
        let serving = axum::serve(listener, router(Accounts::default()));
        serving.with_graceful_shutdown(async move { stopped.notified().await }).await?;
        io::Result::Ok(sim.elapsed())
    });
    sim.settle().await;
    sim.net().latency(10 * MILLISECOND);
    let asking = sim.host("client").spawn("client", async move {
        let client = Client::new();
        let asked = client.get("http://bank/report").send().await.unwrap();
        assert_eq!(asked.text().await.unwrap(), "all is well");
        let refused = client.get("http://bank/report").send().await.unwrap_err();
        assert!(refused.is_connect(), "{refused:?}");
    });
    sim.sleep(500 * MILLISECOND).await;
    stop.notify_one();
    asking.await.unwrap();
    // The answer leaves after the request's 30 ms and a second. The end of the connection follows it.
    let ended = serving.await.unwrap().unwrap();
    assert!(ended >= Duration::from_millis(1030) && ended <= Duration::from_millis(1060), "{ended:?}");
}
