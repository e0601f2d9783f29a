//! Methods of a test's `Sim`: list tasks, add notes, and pass its services to a container.

use std::future::pending;
use std::sync::Arc;

use di_core::{Component, Container, ambient, component};
use testkit::types::TaskState;
use testkit::{Explorer, FailureKind, Sim};

use crate::support::{MILLISECOND, SECOND, assert_report_contains, failure, passes};

#[test]
fn tasks_are_listed_with_name_site_state_and_size() {
    passes(Explorer::new(), |sim: Sim| async move {
        let big = [0_u8; 500];
        let waiting = sim.spawn("waiting", async move {
            pending::<()>().await;
            assert_eq!(big.len(), 500);
        });
        let line = line!() - 4;
        sim.sleep(SECOND).await;
        let tasks = sim.tasks();
        assert_eq!((tasks[0].name(), tasks[0].number()), ("main", 0));
        let task = &tasks[1];
        assert_eq!((task.name(), task.number(), task.state()), ("waiting", 1, TaskState::Alive));
        assert_eq!((task.site().line(), task.polls(), task.is_ready()), (line, 1, false));
        assert!(task.site().file().ends_with("services.rs"));
        assert!(task.future_size() >= 500);
        waiting.abort();
        sim.settle().await;
        assert_eq!(sim.tasks()[1].state(), TaskState::Cancelled);
        _ = waiting.await;
    });
}

#[test]
fn notes_are_in_the_report_with_time_and_task() {
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        sim.spawn("noting", async move { sim.note(format_args!("item {}", 3)) }).await.unwrap();
        sim.sleep(1500 * MILLISECOND).await;
        sim.note("late");
        panic!("boom");
    });
    assert_report_contains(
        &failure,
        &["note at 0 s by task 1 `noting`: item 3", "note at 1.5 s by task 0 `main`: late"],
    );
}

/// A component that uses all ambient services.
#[derive(Component)]
struct Service {
    clock: Arc<dyn ambient::Clock>,
    spawner: Arc<dyn ambient::Spawner>,
    entropy: Arc<dyn ambient::Entropy>,
    network: Arc<dyn ambient::Network>,
}

#[derive(Container)]
struct App {
    #[module]
    ambient: ambient::Ambient,
    #[import(ambient)]
    clock: Arc<dyn ambient::Clock>,
    #[import(ambient)]
    spawner: Arc<dyn ambient::Spawner>,
    #[import(ambient)]
    entropy: Arc<dyn ambient::Entropy>,
    #[import(ambient)]
    network: Arc<dyn ambient::Network>,
    #[component]
    service: Arc<Service>,
}

#[test]
fn a_container_uses_the_services_of_the_simulation() {
    passes(Explorer::new(), |sim: Sim| async move {
        let app = App::builder().with_ambient(sim.ambient()).build_sync().unwrap();
        let service = app.service.clone();
        let (clock, begun) = (service.clock.clone(), service.clock.now());
        let working = service.spawner.spawn("working", async move { clock.sleep(3600 * SECOND).await });
        working.await.unwrap();
        assert_eq!(service.clock.now() - begun, 3600 * SECOND);
        assert_eq!(sim.tasks()[1].name(), "working");
        assert!(service.entropy.in_range(0..3) < 3);
        assert!(service.network.connect("host:80").await.is_err());
        assert!(service.network.bind("host:80").await.is_err());
    });
}

#[test]
fn the_current_simulation_is_the_tests_own() {
    assert!(Sim::try_current().is_none());
    passes(Explorer::new(), |sim: Sim| async move {
        Sim::current().sleep(SECOND).await;
        assert_eq!(sim.elapsed(), SECOND);
        sim.spawn("task", async { assert_eq!(Sim::current().tasks().len(), 2) }).await.unwrap();
        tokio::spawn(async { assert_eq!(Sim::current().elapsed(), SECOND) }).await.unwrap();
        std::thread::spawn(|| assert!(Sim::try_current().is_none())).join().unwrap();
    });
}

/// An account with a race: it reads and writes its balance under two locks.
#[derive(Component)]
struct Account {
    #[default]
    balance: tokio::sync::Mutex<u32>,
}

impl Account {
    async fn deposit(&self) {
        let balance = *self.balance.lock().await;
        *self.balance.lock().await = balance + 1;
    }
}

struct Salary {
    account: Arc<Account>,
}

#[component]
impl Salary {
    fn new(account: Arc<Account>) -> Self {
        Salary { account }
    }

    #[run]
    async fn pay(&self) {
        self.account.deposit().await;
    }
}

struct Interest {
    account: Arc<Account>,
}

#[component]
impl Interest {
    fn new(account: Arc<Account>) -> Self {
        Interest { account }
    }

    #[run]
    async fn pay(&self) {
        self.account.deposit().await;
    }
}

#[derive(Container)]
struct Bank {
    #[component]
    account: Arc<Account>,
    #[component]
    salary: Arc<Salary>,
    #[component]
    interest: Arc<Interest>,
}

#[test]
fn run_hooks_that_race_are_found() {
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        let host = Bank::builder().start().await.unwrap();
        sim.sleep(SECOND).await;
        assert_eq!(*host.account.balance.lock().await, 2);
        host.stop().await.unwrap();
    });
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert_report_contains(&failure, &["::run` at services.rs:"]);
}

struct Queue;

#[component]
impl Queue {
    fn new() -> Self {
        Queue
    }

    #[run]
    async fn pump(&self) {
        tokio::time::sleep(3 * SECOND).await;
        panic!("the queue is gone");
    }
}

#[derive(Container)]
struct Pump {
    #[component]
    queue: Arc<Queue>,
}

#[test]
fn a_panic_of_a_run_hook_comes_before_its_consequence() {
    let failure = failure(Explorer::new(), |_| async {
        let host = Pump::builder().start().await.unwrap();
        assert!(Arc::strong_count(&host.queue) > 0);
        host.run_until(pending::<()>()).await.unwrap();
    });
    let first = "panic: task 1 `Queue::run` panicked at testkit/tests/executor/tasks/services.rs:";
    let time = "after 3 s of virtual time: the queue is gone";
    assert_report_contains(&failure, &[first, time, "consequence: task 0 `main` panicked at"]);
}
