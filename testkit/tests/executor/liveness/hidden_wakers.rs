//! A future without a waker inside another future, which has wakers, beside other tasks that run all the time.

use std::pin::pin;
use std::sync::{Arc, Mutex};

use futures_util::{future, join};
use testkit::{Explorer, FailureKind, Sim};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::time::{interval, sleep, timeout};

use super::Flag;
use crate::support::SECOND;

/// The future around the one that waits for the flag. All of them end after 30 s at the latest, except `SelectMessages`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Inside {
    /// Nothing follows the flag.
    Join,
    /// Only memory changes after the flag.
    JoinThenPush,
    JoinThenSleep,
    JoinThenTokio,
    JoinThenNotify,
    SelectLoop,
    Timeout,
    Select,
    /// A select loop in which another task sends a message each 10 s.
    SelectMessages,
    /// The timeout in a task of a `JoinSet`.
    JoinSet,
}

const VISIBLE: [Inside; 8] = [
    Inside::JoinThenSleep,
    Inside::JoinThenTokio,
    Inside::JoinThenNotify,
    Inside::SelectLoop,
    Inside::Timeout,
    Inside::Select,
    Inside::SelectMessages,
    Inside::JoinSet,
];

const INVISIBLE: [Inside; 2] = [Inside::Join, Inside::JoinThenPush];

/// Other tasks of the service.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Beside {
    Nothing,
    /// The task that raises the flag sleeps afterwards.
    RaiserSleeps,
    Heartbeat,
    /// A heartbeat at times at which nothing else happens.
    OddHeartbeat,
    /// Two tasks that exchange a message every 100 ms.
    Echo,
    /// A raw task raises the flag.
    RawRaiser,
}

const BESIDE: [Beside; 6] =
    [Beside::Nothing, Beside::RaiserSleeps, Beside::Heartbeat, Beside::OddHeartbeat, Beside::Echo, Beside::RawRaiser];

struct Serving {
    inside: Inside,
    flag: Flag,
    registers: bool,
    notify: Arc<Notify>,
    messages: mpsc::Receiver<u32>,
}

async fn serve(Serving { inside, flag, registers, notify, mut messages }: Serving) {
    let (slots, log) = (Semaphore::new(3), Mutex::new(Vec::new()));
    let (sender, _receiver) = mpsc::channel(8);
    let raised = flag.raised(registers);
    let end = sleep(30 * SECOND);
    match inside {
        Inside::Join => _ = join!(raised, end),
        Inside::JoinThenPush => {
            _ = join!(
                async {
                    raised.await;
                    log.lock().unwrap().push(1)
                },
                end
            )
        }
        Inside::JoinThenSleep => {
            _ = join!(
                async {
                    raised.await;
                    sleep(SECOND).await
                },
                end
            )
        }
        Inside::JoinThenTokio => {
            let branch = async {
                raised.await;
                let _slot = slots.acquire().await;
                sender.send(1).await.unwrap();
            };
            join!(branch, end);
        }
        Inside::JoinThenNotify => {
            _ = join!(
                async {
                    raised.await;
                    notify.notify_one()
                },
                end
            )
        }
        Inside::SelectLoop => {
            let mut raised = pin!(raised);
            let mut ticks = interval(30 * SECOND);
            loop {
                tokio::select! {
                    () = &mut raised => break,
                    _ = ticks.tick() => {}
                }
            }
        }
        Inside::Timeout => _ = timeout(30 * SECOND, raised).await,
        Inside::Select => _ = future::select(raised, pin!(end)).await,
        Inside::SelectMessages => {
            let mut raised = pin!(raised);
            loop {
                tokio::select! {
                    () = &mut raised => break,
                    Some(_) = messages.recv() => {}
                }
            }
        }
        Inside::JoinSet => {
            let mut tasks = di_core::task::JoinSet::new();
            tasks.spawn(async move { timeout(30 * SECOND, raised).await });
            tasks.join_next().await.unwrap().unwrap().unwrap_or_default();
        }
    }
}

async fn heartbeat(milliseconds: u64) {
    let mut beats = interval(std::time::Duration::from_millis(milliseconds));
    loop {
        beats.tick().await;
    }
}

fn echo(sim: Sim) -> [di_core::task::JoinHandle<()>; 2] {
    let (to_echo, mut at_echo) = mpsc::channel(4);
    let (to_caller, mut at_caller) = mpsc::channel(4);
    let echoing = sim.spawn("echoing", async move {
        while let Some(number) = at_echo.recv().await {
            if to_caller.send(number).await.is_err() {
                break;
            }
        }
    });
    let calling = sim.spawn("calling", async move {
        for number in 0.. {
            if to_echo.send(number).await.is_err() || at_caller.recv().await.is_none() {
                break;
            }
            sleep(SECOND / 10).await;
        }
    });
    [echoing, calling]
}

async fn service(sim: Sim, inside: Inside, beside: Beside, registers: bool) {
    let (flag, notify) = (Flag::default(), Arc::new(Notify::new()));
    let (sender, messages) = mpsc::channel(1);
    let serving = Serving { inside, flag: flag.clone(), registers, notify: notify.clone(), messages };
    let serving = sim.spawn("serving", serve(serving));
    let mut others = Vec::new();
    if inside == Inside::JoinThenNotify {
        others.push(sim.spawn("notified", async move { notify.notified().await }));
    }
    if inside == Inside::SelectMessages {
        others.push(sim.spawn("sending", async move {
            while sender.send(1).await.is_ok() {
                sleep(10 * SECOND).await;
            }
        }));
    }
    match beside {
        Beside::Heartbeat => others.push(sim.spawn("beating", heartbeat(1_000))),
        Beside::OddHeartbeat => others.push(sim.spawn("beating", heartbeat(777))),
        Beside::Echo => others.extend(echo(sim)),
        Beside::Nothing | Beside::RaiserSleeps | Beside::RawRaiser => {}
    }
    let raising = async move {
        sleep(SECOND).await;
        flag.raise();
        if beside == Beside::RaiserSleeps {
            sleep(SECOND).await;
        }
    };
    if beside == Beside::RawRaiser {
        tokio::spawn(raising).await.unwrap();
    } else {
        sim.spawn("raising", raising).await.unwrap();
    }
    serving.await.unwrap();
    others.iter().for_each(|other| other.abort());
}

#[test]
fn a_hidden_waker_that_is_missing_is_a_lost_wakeup_at_the_first_schedules() {
    for inside in VISIBLE {
        for beside in BESIDE {
            for seed in [0, 42] {
                let explorer = Explorer::new().seed(seed).schedules(8).shrink(false);
                let outcome = explorer.run(move |sim| service(sim, inside, beside, false));
                let kind = outcome.failure().map(|failure| failure.kind());
                assert_eq!(kind, Some(FailureKind::LostWakeup), "{inside:?} {beside:?} {seed}");
            }
        }
    }
}

#[test]
fn a_branch_that_ends_without_a_visible_effect_is_not_late() {
    for (inside, beside) in INVISIBLE.into_iter().flat_map(|inside| BESIDE.map(|beside| (inside, beside))) {
        let outcome = Explorer::new().schedules(20).run(move |sim| service(sim, inside, beside, false));
        assert!(outcome.failure().is_none(), "{inside:?} {beside:?}: {:?}", outcome.failure());
    }
}

#[test]
fn a_waker_that_is_registered_raises_no_alarm() {
    for (inside, beside) in VISIBLE.into_iter().flat_map(|inside| BESIDE.map(|beside| (inside, beside))) {
        let outcome = Explorer::new().schedules(40).run(move |sim| service(sim, inside, beside, true));
        assert!(outcome.failure().is_none(), "{inside:?} {beside:?}: {:?}", outcome.failure());
    }
}
