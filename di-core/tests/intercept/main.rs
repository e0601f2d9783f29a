//! Interceptors see each call to a trait's methods, and how the call ends.

mod shapes;
mod shipped;
mod wired;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use di_core::intercept::{Call, Ending, Interceptable, Interceptor, Method};
use futures_util::FutureExt;

/// An interceptor that records each call and how it ends.
#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Log {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Interceptor for Log {
    fn before(&self, call: &Call<'_>) {
        self.0.lock().unwrap().push(call.to_string());
    }

    fn after(&self, method: &'static Method, ending: &Ending<'_>) {
        self.0.lock().unwrap().push(match ending {
            Ending::Failed(failure) => format!("{} failed: {failure}", method.name()),
            other => format!("{} {other:?}", method.name()),
        });
    }
}

/// Returns the intercepted `component` and the log of its calls.
fn logged<T: Interceptable + ?Sized>(component: Arc<T>) -> (Arc<T>, Arc<Log>) {
    let log = Arc::new(Log::default());
    (T::intercepted(component, log.clone()), log)
}

struct Secret;

#[derive(Debug, thiserror::Error, PartialEq)]
#[error("no such address: {0}")]
struct NoSuchAddress(String);

#[di_core::intercept]
#[async_trait]
trait Mailer: Send + Sync {
    async fn send(&self, to: &str, text: String) -> Result<usize, NoSuchAddress>;
    async fn wait(&self);
    async fn login(&self, user: &str, secret: Secret) -> &str;
    fn backlog(&self, limit: usize) -> usize;
    fn fail(&self) -> Result<(), String>;
    fn panic(&self);
    fn twice(&self) -> usize {
        2 * self.backlog(100)
    }
}

struct Smtp;

#[async_trait]
impl Mailer for Smtp {
    async fn send(&self, to: &str, text: String) -> Result<usize, NoSuchAddress> {
        tokio::task::yield_now().await;
        if to == "unknown" { Err(NoSuchAddress(to.into())) } else { Ok(text.len()) }
    }

    async fn wait(&self) {
        std::future::pending().await
    }

    async fn login(&self, _user: &str, _secret: Secret) -> &str {
        "smtp"
    }

    fn backlog(&self, limit: usize) -> usize {
        limit.min(7)
    }

    fn fail(&self) -> Result<(), String> {
        Err("as told".into())
    }

    fn panic(&self) {
        panic!("as told");
    }
}

fn mailer() -> (Arc<dyn Mailer>, Arc<Log>) {
    logged(Arc::new(Smtp) as Arc<dyn Mailer>)
}

#[tokio::test]
async fn calls_are_seen_with_their_arguments_and_endings() {
    let (mailer, log) = mailer();
    assert_eq!(mailer.send("ann", "hello".into()).await, Ok(5));
    assert_eq!(mailer.send("unknown", String::new()).await, Err(NoSuchAddress("unknown".into())));
    assert_eq!(mailer.backlog(3), 3);
    mailer.fail().unwrap_err();
    assert_eq!(
        log.take(),
        [
            r#"Mailer::send(to: "ann", text: "hello")"#,
            "send Returned",
            r#"Mailer::send(to: "unknown", text: "")"#,
            "send failed: no such address: unknown",
            "Mailer::backlog(limit: 3)",
            "backlog Returned",
            "Mailer::fail()",
            "fail failed: as told",
        ]
    );
}

#[tokio::test]
async fn an_argument_without_debug_is_not_shown() {
    let (mailer, log) = mailer();
    assert_eq!(mailer.login("ann", Secret).await, "smtp");
    assert_eq!(log.take(), [r#"Mailer::login(user: "ann", secret: _)"#, "login Returned"]);
}

#[test]
fn a_call_dropped_halfway_ends_and_an_unpolled_one_never_began() {
    let (mailer, log) = mailer();
    drop(mailer.wait());
    assert_eq!(log.take(), Vec::<String>::new());
    assert!(mailer.wait().now_or_never().is_none());
    assert_eq!(log.take(), ["Mailer::wait()", "wait Dropped"]);
}

#[test]
fn a_call_that_panics_ends() {
    let (mailer, log) = mailer();
    catch_unwind(AssertUnwindSafe(|| mailer.panic())).unwrap_err();
    assert_eq!(log.take(), ["Mailer::panic()", "panic Panicked"]);
}

#[test]
fn a_call_that_waits_while_another_panics_is_dropped() {
    let (mailer, log) = mailer();
    catch_unwind(AssertUnwindSafe(|| {
        let mut waiting = mailer.wait();
        assert!((&mut waiting).now_or_never().is_none());
        panic!("as told");
    }))
    .unwrap_err();
    assert_eq!(log.take(), ["Mailer::wait()", "wait Dropped"]);
}

#[test]
fn an_async_call_that_panics_ends_even_if_its_future_is_kept() {
    #[di_core::intercept]
    #[async_trait]
    trait Fragile: Send + Sync {
        async fn touch(&self);
    }

    #[async_trait]
    impl Fragile for () {
        async fn touch(&self) {
            panic!("as told");
        }
    }

    let (fragile, log) = logged(Arc::new(()) as Arc<dyn Fragile>);
    let mut touching = fragile.touch();
    catch_unwind(AssertUnwindSafe(|| (&mut touching).now_or_never())).unwrap_err();
    assert_eq!(log.take(), ["Fragile::touch()", "touch Panicked"]);
}

#[test]
fn a_provided_method_is_called_on_the_component() {
    let (mailer, log) = mailer();
    assert_eq!(mailer.twice(), 14);
    assert_eq!(log.take(), ["Mailer::twice()", "twice Returned"]);
}

#[test]
fn method_descriptions_are_static_data() {
    let text = |method: &Method| {
        let error = method.error().map_or("none", |error| error.name());
        format!("{} {} {} {error}", method.name(), method.is_async(), method.can_repeat())
    };
    let methods: Vec<_> = <dyn Mailer>::METHODS.iter().map(text).collect();
    assert_eq!(
        methods,
        [
            "send true true NoSuchAddress",
            "wait true true none",
            "login true false none",
            "backlog false true none",
            "fail false true String",
            "panic false true none",
            "twice false true none",
        ]
    );
    let error = <dyn Mailer>::METHODS[0].error().unwrap();
    assert!(error.is::<NoSuchAddress>() && !error.is::<String>());
    assert_eq!(<dyn Mailer>::NAME, "Mailer");
}
