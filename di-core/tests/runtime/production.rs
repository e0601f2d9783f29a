//! Starts and stops that an orchestrator relies on: interruptions, deadlines, draining, and tasks that do not end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use di_core::host::{Hook, HookFailureCause};
use di_core::{Container, HealthCheck, HealthChecks, HostError, Shutdown, component};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use crate::log::Log;

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// The time at which the second component hangs.
#[derive(Clone, Copy, PartialEq)]
enum Hang {
    Never,
    Constructor,
    Start,
    Stop,
}

struct First {
    log: Log,
}

#[component]
impl First {
    fn new(log: Log) -> Self {
        First { log }
    }

    #[start]
    async fn start(&self) {
        self.log.add("first starts");
    }

    #[run]
    async fn run(&self, shutdown: Shutdown) {
        shutdown.requested().await;
        self.log.add("first ends");
    }

    #[stop]
    async fn stop(&self) {
        self.log.add("first stops");
    }
}

struct Second {
    log: Log,
    hang: Hang,
}

#[component]
impl Second {
    async fn new(log: Log, hang: Hang, _first: &First) -> Self {
        if hang == Hang::Constructor {
            std::future::pending::<()>().await;
        }
        Second { log, hang }
    }

    #[start]
    async fn start(&self) {
        if self.hang == Hang::Start {
            std::future::pending::<()>().await;
        }
        self.log.add("second starts");
    }

    #[stop]
    async fn stop(&self) {
        if self.hang == Hang::Stop {
            std::future::pending::<()>().await;
        }
        self.log.add("second stops");
    }
}

#[derive(Container)]
#[allow(dead_code)]
struct Pair {
    #[input]
    log: Log,
    #[input]
    hang: Hang,
    #[component]
    first: Arc<First>,
    #[component]
    second: Arc<Second>,
}

#[derive(Container)]
#[allow(dead_code)]
struct App {
    #[input]
    log: Log,
    #[input]
    hang: Hang,
    #[module]
    pair: Pair,
}

fn app(log: &Log, hang: Hang) -> AppBuilder {
    App::builder(log.clone(), hang)
}

#[tokio::test(start_paused = true)]
async fn a_service_is_built_started_run_and_stopped_in_one_call() {
    let log = Log::default();
    app(&log, Hang::Never).run_until(sleep(secs(5))).await.unwrap();
    assert_eq!(log.entries(), ["first starts", "second starts", "second stops", "first ends", "first stops"]);
}

#[tokio::test(start_paused = true)]
async fn an_end_while_a_component_is_constructed_names_it() {
    let log = Log::default();
    let error = app(&log, Hang::Constructor).run_until(sleep(secs(3))).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`App` was interrupted 3s after it began to start: `second` (Second) was being constructed for 3s"
    );
    assert_eq!((error.unfinished()[0].container, error.unfinished()[0].hook), ("Pair", None));
    assert!(log.entries().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_end_while_a_hook_is_starting_stops_what_had_started() {
    let log = Log::default();
    let error = app(&log, Hang::Start).run_until(sleep(secs(3))).await.unwrap_err();
    assert_eq!(
        format!("{error:?}"),
        "`App` was interrupted 3s after it began to start\n  \
         #[start] of `second` (Second) had been running for 3s"
    );
    assert_eq!(error.unfinished()[0].hook, Some(Hook::Start));
    assert_eq!(log.entries(), ["first starts", "first stops"]);
}

#[tokio::test(start_paused = true)]
async fn a_start_that_is_dropped_stops_what_had_started_in_the_background() {
    let log = Log::default();
    assert!(tokio::time::timeout(secs(1), app(&log, Hang::Start).start()).await.is_err());
    assert_eq!(log.entries(), ["first starts"]);
    sleep(secs(1)).await;
    assert_eq!(log.entries(), ["first starts", "first stops"]);
}

#[tokio::test(start_paused = true)]
async fn a_constructor_has_a_timeout_when_it_is_started() {
    let log = Log::default();
    let error = app(&log, Hang::Constructor).start().await.err().unwrap();
    let text = format!("{error:?}");
    assert!(text.starts_with("could not build `App`: `pair` (Pair) failed: could not build `Pair`: `second` (Second) took longer than 60s"), "{text}");

    let begun = Instant::now();
    let builder = app(&log, Hang::Constructor).options(|options| options.constructor_timeout(secs(7)));
    assert!(matches!(builder.start().await.err().unwrap(), HostError::Build(_)));
    assert_eq!(begun.elapsed(), secs(7));
}

#[tokio::test(start_paused = true)]
async fn a_build_without_a_start_has_no_default_timeout() {
    let log = Log::default();
    let build = app(&log, Hang::Constructor).build();
    assert!(tokio::time::timeout(secs(3600), build).await.is_err());
}

/// A component with a `#[stop]` hook that hangs, which depends on another one.
macro_rules! hanging {
    ($name:ident $(, $dependency:ident)?) => {
        struct $name;

        #[component]
        impl $name {
            fn new($(_dependency: &$dependency)?) -> Self {
                $name
            }

            #[stop]
            async fn stop(&self) {
                std::future::pending().await
            }
        }
    };
}

hanging!(H1);
hanging!(H2, H1);
hanging!(H3, H2);
hanging!(H4, H3);

#[derive(Container)]
#[allow(dead_code)]
struct Chain {
    #[component]
    h1: Arc<H1>,
    #[component]
    h2: Arc<H2>,
    #[component]
    h3: Arc<H3>,
    #[component]
    h4: Arc<H4>,
}

#[tokio::test(start_paused = true)]
async fn the_whole_stop_has_a_deadline_that_is_divided_among_the_hooks() {
    let host = Chain::builder().options(|options| options.stop_within(secs(20))).start().await.unwrap();
    let begun = Instant::now();
    let error = host.stop().await.unwrap_err();
    assert_eq!(begun.elapsed(), secs(20));
    let cut = |name: &str| format!("#[stop] of {name} did not end within 5s, its share of the 20s for the whole stop");
    let texts: Vec<_> = error.failures().iter().map(|failure| failure.to_string()).collect();
    assert_eq!(texts, [cut("`h4` (H4)"), cut("`h3` (H3)"), cut("`h2` (H2)"), cut("`h1` (H1)")]);
}

#[tokio::test(start_paused = true)]
async fn hooks_that_were_not_called_before_the_deadline_are_named() {
    let builder = Chain::builder().options(|options| options.stop_within(Duration::ZERO));
    let error = builder.start().await.unwrap().stop().await.unwrap_err();
    assert_eq!(error.failures().len(), 4);
    assert!(error.failures().iter().all(|failure| matches!(failure.cause, HookFailureCause::NotCalled { .. })));
    assert_eq!(
        error.to_string(),
        "`Chain`: #[stop] of `h4` (H4) was not called: the 0ns for the whole stop were over, and 3 more hooks failed: \
         #[stop] of `h3` (H3), #[stop] of `h2` (H2), #[stop] of `h1` (H1)"
    );
}

#[tokio::test(start_paused = true)]
async fn the_pause_before_a_stop_leaves_time_for_the_hooks() {
    let options = |options: di_core::host::HostOptions| options.stop_within(secs(20)).drain_for(secs(20));
    let host = Chain::builder().options(options).start().await.unwrap();
    let begun = Instant::now();
    let error = host.stop().await.unwrap_err();
    assert_eq!(begun.elapsed(), secs(20));
    let shares = error.failures().iter().map(|failure| match failure.cause {
        HookFailureCause::CutShort { share, .. } => share,
        _ => panic!("{failure}"),
    });
    assert_eq!(shares.collect::<Vec<_>>(), [Duration::from_millis(3750); 4], "of the 15 s after a pause of 5 s");
}

/// A source of load: works until it is asked to end.
struct Consumer {
    log: Log,
}

#[component]
impl Consumer {
    fn new(log: Log) -> Self {
        Consumer { log }
    }

    #[run]
    async fn consume(&self, shutdown: Shutdown) {
        shutdown.requested().await;
        self.log.add("consumer ends");
    }
}

struct Wedged;

#[async_trait::async_trait]
impl HealthCheck for Wedged {
    fn name(&self) -> &str {
        "worker"
    }

    async fn check(&self) -> Result<(), di_core::BoxError> {
        Err("wedged".into())
    }

    fn needs_restart(&self) -> bool {
        true
    }
}

#[derive(Container)]
#[allow(dead_code)]
struct Service {
    #[input]
    log: Log,
    #[component]
    consumer: Arc<Consumer>,
    #[collect()]
    checks: Vec<Arc<dyn HealthCheck>>,
    #[component]
    health: Arc<HealthChecks>,
}

#[tokio::test(start_paused = true)]
async fn a_host_is_not_ready_for_a_while_before_anything_is_stopped() {
    let log = Log::default();
    let builder = Service::builder(log.clone()).options(|options| options.drain_for(secs(5)));
    let host = builder.start().await.unwrap();
    let app = host.container().clone();
    assert!(app.health.readiness().await.is_healthy());
    let stopping = tokio::spawn(host.stop());
    sleep(secs(4)).await;
    let report = app.health.readiness().await;
    assert!(report.to_string().starts_with("host: is stopping"), "{report}");
    assert!(app.health.liveness().await.is_healthy());
    assert!(log.entries().is_empty(), "the consumer still works");
    stopping.await.unwrap().unwrap();
    assert_eq!(log.entries(), ["consumer ends"]);
}

/// A constructor that serves probes before the host has started.
#[tokio::test]
async fn a_hosted_service_is_not_ready_while_it_is_constructed() {
    struct Early {
        was_healthy: bool,
    }

    #[component]
    impl Early {
        async fn new(health: &HealthChecks) -> Self {
            Early { was_healthy: health.readiness().await.is_healthy() }
        }
    }

    #[derive(Container)]
    struct Small {
        #[collect()]
        checks: Vec<Arc<dyn HealthCheck>>,
        #[component]
        health: Arc<HealthChecks>,
        #[component]
        early: Arc<Early>,
    }

    let host = Small::builder().start().await.unwrap();
    assert!(!host.early.was_healthy && host.health.readiness().await.is_healthy() && host.checks.is_empty());
    host.stop().await.unwrap();
    assert!(Small::builder().build().await.unwrap().early.was_healthy, "nothing starts and stops it");
}

#[tokio::test]
async fn only_checks_that_need_a_restart_count_for_liveness() {
    struct Unreachable;

    #[async_trait::async_trait]
    impl HealthCheck for Unreachable {
        fn name(&self) -> &str {
            "database"
        }

        async fn check(&self) -> Result<(), di_core::BoxError> {
            Err("cannot be reached".into())
        }
    }

    let health = HealthChecks::new(vec![Arc::new(Unreachable)]);
    assert!(health.liveness().await.is_healthy() && !health.readiness().await.is_healthy());
    let health = HealthChecks::new(vec![Arc::new(Unreachable), Arc::new(Wedged)]);
    assert_eq!(health.liveness().await.results.len(), 1);
    assert!(!health.liveness().await.is_healthy());
}

/// Behavior of a `#[run]` task that ignores shutdown.
#[derive(Clone, Copy)]
enum Ignoring {
    /// Waits forever.
    Waiting,
    /// Blocks the thread for 300 ms at a time.
    InPieces,
    /// Blocks the thread for this time.
    Blocking(Duration),
}

/// Takes a permit for as long as its task runs. Its `#[stop]` hook records the permits that are free.
struct Pump {
    port: Arc<Semaphore>,
    free: Arc<AtomicUsize>,
    how: Ignoring,
}

#[component]
impl Pump {
    fn new(port: Arc<Semaphore>, free: Arc<AtomicUsize>, how: Ignoring) -> Self {
        Pump { port, free, how }
    }

    #[run(timeout = "200ms")]
    async fn pump(&self) {
        let _permit = self.port.acquire().await.unwrap();
        match self.how {
            Ignoring::Waiting => std::future::pending().await,
            Ignoring::InPieces => loop {
                std::thread::sleep(Duration::from_millis(300));
                tokio::task::yield_now().await;
            },
            Ignoring::Blocking(time) => std::thread::sleep(time),
        }
    }

    #[stop]
    async fn close(&self) {
        self.free.store(self.port.available_permits(), Ordering::SeqCst);
    }
}

#[derive(Container)]
#[allow(dead_code)]
struct Pumping {
    #[input]
    port: Arc<Semaphore>,
    #[input]
    free: Arc<AtomicUsize>,
    #[input]
    how: Ignoring,
    #[component]
    pump: Arc<Pump>,
}

/// Stops a host with a pump. Returns the number of free permits when the `#[stop]` hook ran, and the error.
async fn stop_pump(how: Ignoring) -> (usize, HostError) {
    let free = Arc::new(AtomicUsize::new(usize::MAX));
    let host = Pumping::builder(Arc::new(Semaphore::new(1)), free.clone(), how).start().await.unwrap();
    sleep(Duration::from_millis(20)).await;
    let error = host.stop().await.unwrap_err();
    (free.load(Ordering::SeqCst), error)
}

#[tokio::test]
async fn an_aborted_task_is_gone_before_its_component_is_stopped() {
    let (free, error) = stop_pump(Ignoring::Waiting).await;
    assert_eq!(free, 1);
    assert!(matches!(error.failures()[0].cause, HookFailureCause::TimedOut(_)), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_aborted_task_that_blocks_in_pieces_is_gone_before_its_component_is_stopped() {
    let (free, error) = stop_pump(Ignoring::InPieces).await;
    assert_eq!(free, 1);
    assert_eq!(error.failures().len(), 1, "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_aborted_task_that_does_not_end_is_reported() {
    let (free, error) = stop_pump(Ignoring::Blocking(secs(2))).await;
    assert_eq!(free, 0);
    assert!(matches!(error.failures()[1].cause, HookFailureCause::StillRunning(_)), "{error:?}");
    assert!(error.to_string().contains("and 1 more hook failed: #[run] of `pump` (Pump)"), "{error}");
}

struct Blocking {
    log: Log,
}

#[component]
impl Blocking {
    fn new(log: Log) -> Self {
        Blocking { log }
    }

    #[stop(timeout = "100ms")]
    async fn stop(&self) {
        std::thread::sleep(Duration::from_millis(600));
        self.log.add("blocking ends");
    }
}

struct Sibling {
    log: Log,
}

#[component]
impl Sibling {
    fn new(log: Log) -> Self {
        Sibling { log }
    }

    #[stop(timeout = "300ms")]
    async fn stop(&self) {
        sleep(Duration::from_millis(10)).await;
        self.log.add("sibling ends");
    }
}

#[derive(Container)]
#[allow(dead_code)]
struct Blocked {
    #[input]
    log: Log,
    #[component]
    blocking: Arc<Blocking>,
    #[component]
    sibling: Arc<Sibling>,
}

/// Returns the failures of a stop with a hook that blocks, and the log.
async fn stop_blocking() -> (Vec<&'static str>, Vec<String>) {
    let log = Log::default();
    let error = Blocked::builder(log.clone()).start().await.unwrap().stop().await.unwrap_err();
    let timed_out = |failure: &di_core::host::HookFailure| matches!(failure.cause, HookFailureCause::TimedOut(_));
    assert!(error.failures().iter().all(timed_out), "{error:?}");
    (error.failures().iter().map(|failure| failure.node.name()).collect(), log.entries())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hook_that_blocks_stalls_no_sibling_and_is_a_failure() {
    assert_eq!(stop_blocking().await, (vec!["blocking"], vec!["sibling ends".into(), "blocking ends".into()]));
}

/// On a single thread, the sibling is delayed, which is not its fault.
#[tokio::test]
async fn a_hook_that_blocks_the_only_thread_is_a_failure_and_its_sibling_is_not() {
    assert_eq!(stop_blocking().await, (vec!["blocking"], vec!["blocking ends".into(), "sibling ends".into()]));
}

struct Worker {
    is_forever: bool,
}

#[component]
impl Worker {
    fn new(is_forever: bool) -> Self {
        Worker { is_forever }
    }

    #[run(forever, timeout = "5s")]
    async fn work(self: Arc<Self>, shutdown: Shutdown) {
        if self.is_forever {
            shutdown.requested().await;
        }
    }
}

#[derive(Container)]
#[allow(dead_code)]
struct Workers {
    #[input]
    is_forever: bool,
    #[component]
    worker: Arc<Worker>,
}

#[tokio::test(start_paused = true)]
async fn a_task_that_runs_forever_must_not_return() {
    let host = Workers::builder(false).start().await.unwrap();
    assert!(host.failure().is_none());
    sleep(secs(1)).await;
    assert!(matches!(host.failure().unwrap().cause, HookFailureCause::EndedEarly));
    let error = host.run_until(std::future::pending::<()>()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`Workers`: #[run] of `worker` (Worker) returned before shutdown was requested, although it runs `forever`"
    );
    Workers::builder(true).run_until(sleep(secs(1))).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_report_of_a_start_covers_the_hooks() {
    let (host, report) = app(&Log::default(), Hang::Never).start().with_report().await.unwrap();
    let hooks: Vec<_> = report.hooks().iter().map(|timing| (timing.container, timing.node.name())).collect();
    assert_eq!(hooks, [("Pair", "first"), ("Pair", "second")]);
    let path: Vec<_> = report.critical_hooks().iter().map(|timing| timing.to_string()).collect();
    assert_eq!(path, ["first #[start]", "second #[start]"]);
    assert!(report.to_string().starts_with("started `App` in "), "{report}");
    assert!(report.to_html().contains("second #[start]"));
    host.stop().await.unwrap();
}

/// Hooks of another `#[cfg]` are left out, with their timeouts.
#[tokio::test]
async fn hooks_carry_their_cfg() {
    struct Cfg(Log);

    #[component]
    impl Cfg {
        fn new(log: Log) -> Self {
            Cfg(log)
        }

        #[cfg(test)]
        #[start(timeout = "1s")]
        async fn start(&self) {
            self.0.add("start");
        }

        #[cfg(not(test))]
        #[start(timeout = "2s")]
        async fn start(&self) {
            self.0.no_such_method();
        }

        #[cfg(not(test))]
        #[run(forever, timeout = "2s")]
        async fn run(&self) {
            self.0.no_such_method();
        }
    }

    #[derive(Container)]
    #[allow(dead_code)]
    struct Small {
        #[input]
        log: Log,
        #[component]
        cfg: Arc<Cfg>,
    }

    let log = Log::default();
    Small::builder(log.clone()).start().await.unwrap().stop().await.unwrap();
    assert_eq!(log.entries(), ["start"]);
}

/// A signal reaches all tests of a process, so these take turns.
#[cfg(unix)]
mod signals {
    use super::*;

    static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

    /// Sends SIGTERM to this process, once something listens.
    fn raise() {
        let id = std::process::id().to_string();
        assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    async fn wait_for_entries(log: &Log, count: usize) {
        while log.entries().len() < count {
            sleep(Duration::from_millis(1)).await;
        }
    }

    #[tokio::test]
    async fn a_signal_stops_a_service() {
        let _turn = TURN.lock().await;
        let log = Log::default();
        let running = tokio::spawn(app(&log, Hang::Never).run_until_signal());
        wait_for_entries(&log, 2).await;
        raise();
        running.await.unwrap().unwrap();
        assert_eq!(log.entries()[2..], ["second stops", "first ends", "first stops"]);
    }

    #[tokio::test]
    async fn a_signal_stops_a_host() {
        let _turn = TURN.lock().await;
        let log = Log::default();
        // From now on, the signal does not end the process, even if the host does not listen yet.
        let listening = di_core::host::termination_signal();
        let running = tokio::spawn(app(&log, Hang::Never).start().await.unwrap().run_until_signal());
        tokio::task::yield_now().await;
        raise();
        listening.await;
        running.await.unwrap().unwrap();
        assert!(log.entries().contains(&"first stops".into()));
    }

    #[tokio::test]
    async fn a_signal_while_starting_stops_what_had_started_and_names_the_rest() {
        let _turn = TURN.lock().await;
        let log = Log::default();
        let running = tokio::spawn(app(&log, Hang::Start).run_until_signal());
        wait_for_entries(&log, 1).await;
        raise();
        let error = running.await.unwrap().unwrap_err();
        assert!(matches!(&error, HostError::Interrupted { .. }), "{error:?}");
        assert_eq!(error.unfinished()[0].node.name(), "second");
        assert_eq!(log.entries(), ["first starts", "first stops"]);
    }

    #[tokio::test]
    async fn a_second_signal_ends_the_stop_and_names_what_it_cut_off() {
        let _turn = TURN.lock().await;
        let log = Log::default();
        let running = tokio::spawn(app(&log, Hang::Stop).run_until_signal());
        wait_for_entries(&log, 2).await;
        raise();
        sleep(Duration::from_millis(100)).await;
        raise();
        let error = running.await.unwrap().unwrap_err();
        let texts: Vec<_> = error.failures().iter().map(|failure| failure.to_string()).collect();
        assert_eq!(
            texts,
            [
                "#[run] of `first` (First) was cut off by a second signal",
                "#[stop] of `first` (First) was not called, because of a second signal",
                "#[stop] of `second` (Second) was cut off by a second signal",
            ]
        );
    }
}
