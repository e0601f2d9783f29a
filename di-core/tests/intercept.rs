//! Interceptors see each call of a trait, whatever the trait is like, and however the call ends.

use std::error::Error;
use std::fmt::Display;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use di_core::intercept::{Call, Ending, Interceptable, Interceptor, Method, Next, NextSync};
use di_core::{BoxFuture, Component, Container, Intercepted, Kind, Tagged, component};
use futures_util::FutureExt;

/// Writes down what it is told.
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

/// `component`, and what is written down of its calls.
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
        if to == "nobody" { Err(NoSuchAddress(to.into())) } else { Ok(text.len()) }
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
async fn calls_are_seen_with_their_arguments_and_how_they_end() {
    let (mailer, log) = mailer();
    assert_eq!(mailer.send("ann", "hello".into()).await, Ok(5));
    assert_eq!(mailer.send("nobody", String::new()).await, Err(NoSuchAddress("nobody".into())));
    assert_eq!(mailer.backlog(3), 3);
    mailer.fail().unwrap_err();
    assert_eq!(
        log.take(),
        [
            r#"Mailer::send(to: "ann", text: "hello")"#,
            "send Returned",
            r#"Mailer::send(to: "nobody", text: "")"#,
            "send failed: no such address: nobody",
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
fn a_call_that_is_dropped_halfway_has_ended_and_one_that_never_began_was_none() {
    let (mailer, log) = mailer();
    drop(mailer.wait());
    assert_eq!(log.take(), Vec::<String>::new());
    assert!(mailer.wait().now_or_never().is_none());
    assert_eq!(log.take(), ["Mailer::wait()", "wait Dropped"]);
}

#[test]
fn a_call_that_panics_has_ended() {
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
fn an_async_call_that_panics_has_ended_even_where_its_future_is_kept() {
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
fn a_method_with_a_body_is_called_on_the_component() {
    let (mailer, log) = mailer();
    assert_eq!(mailer.twice(), 14);
    assert_eq!(log.take(), ["Mailer::twice()", "twice Returned"]);
}

#[test]
fn methods_are_static_data() {
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

/// Traits of all kinds. Each is called once, through an interceptor that only passes calls on.
mod shapes {
    use super::*;

    #[async_trait]
    #[di_core::intercept]
    trait Below: Send + Sync {
        async fn get(&self, key: &str) -> Result<String, std::io::Error>;
        async fn put(&self, key: &str, value: &mut String);
        async fn with_body(&self, key: &str) -> String {
            self.get(key).await.unwrap_or_default()
        }
    }

    #[async_trait]
    impl Below for () {
        async fn get(&self, key: &str) -> Result<String, std::io::Error> {
            Ok(key.to_uppercase())
        }

        async fn put(&self, key: &str, value: &mut String) {
            value.push_str(key);
        }
    }

    #[tokio::test]
    async fn below_async_trait() {
        let (below, log) = logged(Arc::new(()) as Arc<dyn Below>);
        assert_eq!(below.get("key").await.unwrap(), "KEY");
        let mut value = "a".to_owned();
        below.put("b", &mut value).await;
        assert_eq!(value, "ab");
        assert_eq!(below.with_body("x").await, "X");
        assert_eq!(log.take()[2], r#"Below::put(key: "b", value: "a")"#);
        assert!(<dyn Below>::METHODS[0].is_async() && <dyn Below>::METHODS[0].can_repeat());
        assert!(!<dyn Below>::METHODS[1].can_repeat());
    }

    #[di_core::intercept]
    trait Boxed: Send + Sync {
        fn owned(&self, key: String) -> BoxFuture<usize>;
        fn lent<'a>(&'a self, key: &'a str) -> futures_util::future::BoxFuture<'a, Option<&'a str>>;
        fn pinned(&self) -> Pin<Box<dyn Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send + '_>>;
    }

    impl Boxed for String {
        fn owned(&self, key: String) -> BoxFuture<usize> {
            Box::pin(async move { key.len() })
        }

        fn lent<'a>(&'a self, key: &'a str) -> futures_util::future::BoxFuture<'a, Option<&'a str>> {
            Box::pin(async move { self.strip_prefix(key) })
        }

        fn pinned(&self) -> Pin<Box<dyn Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send + '_>> {
            Box::pin(async { Err("as told".into()) })
        }
    }

    #[tokio::test]
    async fn boxed_futures() {
        let (boxed, log) = logged(Arc::new("hello".to_owned()) as Arc<dyn Boxed>);
        let owned = boxed.owned("four".into());
        assert_eq!(boxed.lent("he").await, Some("llo"));
        boxed.pinned().await.unwrap_err();
        drop(boxed);
        assert_eq!(owned.await, 4);
        assert_eq!(
            log.take(),
            [
                r#"Boxed::lent(key: "he")"#,
                "lent Returned",
                "Boxed::pinned()",
                "pinned failed: as told",
                r#"Boxed::owned(key: "four")"#,
                "owned Returned"
            ]
        );
    }

    #[di_core::intercept]
    #[async_trait]
    trait Cache<K: Clone + Send + Sync, V, const N: usize = 4>: Send + Sync
    where
        V: Display + Send + Sync + 'static,
    {
        async fn get(&self, key: K) -> Option<&V>;
        fn put(&self, key: &K, value: Box<dyn Fn(&K) -> V + Send>) -> [u8; N];
        fn tag(&self) -> &'static str;
        fn only_here(self) -> usize
        where
            Self: Sized,
        {
            N
        }
        fn size() -> usize
        where
            Self: Sized,
        {
            N
        }
    }

    #[async_trait]
    impl<K: Clone + Send + Sync + 'static> Cache<K, String> for String {
        async fn get(&self, _key: K) -> Option<&String> {
            Some(self)
        }

        fn put(&self, _key: &K, _value: Box<dyn Fn(&K) -> String + Send>) -> [u8; 4] {
            [1; 4]
        }

        fn tag(&self) -> &'static str {
            "tag"
        }
    }

    #[tokio::test]
    async fn generic() {
        let (cache, log) = logged(Arc::new("value".to_owned()) as Arc<dyn Cache<u8, String>>);
        assert_eq!(cache.get(3).await.unwrap(), "value");
        assert_eq!(cache.put(&3, Box::new(u8::to_string)), [1; 4]);
        assert_eq!(cache.tag(), "tag");
        // What counts in a generic trait is what its own bounds say: `K` is `Clone`, but not `Debug`.
        assert_eq!(log.take()[0], "Cache::get(key: _)");
        assert!(<dyn Cache<u8, String>>::METHODS[0].can_repeat());
        assert_eq!(Cache::<u8, String>::only_here(String::new()), <String as Cache<u8, String>>::size());
    }

    #[di_core::intercept]
    trait Base: Send + Sync {
        fn base(&self) -> usize;
    }

    #[di_core::intercept]
    trait Above: Base + std::fmt::Debug {
        fn above(&self) -> usize;
    }

    impl Base for u8 {
        fn base(&self) -> usize {
            1
        }
    }

    impl Above for u8 {
        fn above(&self) -> usize {
            2
        }
    }

    #[test]
    fn a_trait_above_another_one() {
        let (above, log) = logged(Arc::new(7_u8) as Arc<dyn Above>);
        assert_eq!((above.base(), above.above()), (1, 2));
        assert_eq!(format!("{above:?}"), "Intercepted(7)");
        assert_eq!(log.take(), ["Base::base()", "base Returned", "Above::above()", "above Returned"]);
        let by_upcast: Arc<dyn Base> = above;
        by_upcast.base();
        assert_eq!(log.take().len(), 2);
    }

    /// An error that borrows, one that is only `Debug`, and one without a text.
    #[di_core::intercept]
    trait Errors: Send + Sync {
        fn borrowing<'a>(&self, text: &'a str) -> Result<(), Borrowing<'a>>;
        fn debug(&self) -> Result<(), OnlyDebug>;
        fn silent(&self) -> Result<(), Secret>;
        fn r#dyn(&self, r#type: u8) -> std::io::Result<u8>;
    }

    #[derive(Debug, thiserror::Error)]
    #[error("borrowing {0}")]
    struct Borrowing<'a>(&'a str);

    #[derive(Debug)]
    struct OnlyDebug;

    impl Errors for () {
        fn borrowing<'a>(&self, text: &'a str) -> Result<(), Borrowing<'a>> {
            Err(Borrowing(text))
        }

        fn debug(&self) -> Result<(), OnlyDebug> {
            Err(OnlyDebug)
        }

        fn silent(&self) -> Result<(), Secret> {
            Err(Secret)
        }

        fn r#dyn(&self, r#type: u8) -> std::io::Result<u8> {
            Ok(r#type)
        }
    }

    #[test]
    fn errors_of_all_kinds() {
        let (errors, log) = logged(Arc::new(()) as Arc<dyn Errors>);
        errors.borrowing("text").unwrap_err();
        errors.debug().unwrap_err();
        assert!(errors.silent().is_err());
        errors.r#dyn(3).unwrap();
        let told: Vec<_> = log.take().into_iter().skip(1).step_by(2).collect();
        assert_eq!(
            told,
            [
                "borrowing failed: borrowing text",
                "debug failed: OnlyDebug",
                "silent failed: an error without a text",
                "dyn Returned"
            ]
        );
        let errors: Vec<_> = <dyn Errors>::METHODS.iter().filter_map(|method| Some(method.error()?.name())).collect();
        assert_eq!(errors, ["Borrowing<'a>", "OnlyDebug", "Secret", "std::io::Result<u8>"]);
    }

    /// Lifetimes that are named, and closures.
    #[di_core::intercept]
    #[async_trait]
    trait Lifetimes: Send + Sync {
        async fn longest<'a, 'b: 'a>(&'a self, one: &'b str, other: &'a str) -> Result<&'a str, Borrowing<'b>>;
        fn each(&self, visit: &dyn Fn(&str) -> usize, texts: &mut Vec<&str>) -> usize;
        fn choose<'a>(&'a self, from: &'a [String]) -> Option<&'a String>;
    }

    #[async_trait]
    impl Lifetimes for () {
        async fn longest<'a, 'b: 'a>(&'a self, one: &'b str, other: &'a str) -> Result<&'a str, Borrowing<'b>> {
            tokio::task::yield_now().await;
            if one.len() == other.len() { Err(Borrowing(one)) } else { Ok([one, other][usize::from(other > one)]) }
        }

        fn each(&self, visit: &dyn Fn(&str) -> usize, texts: &mut Vec<&str>) -> usize {
            texts.iter().map(|text| visit(text)).sum()
        }

        fn choose<'a>(&'a self, from: &'a [String]) -> Option<&'a String> {
            from.first()
        }
    }

    #[tokio::test]
    async fn lifetimes_that_are_named() {
        let (lifetimes, log) = logged(Arc::new(()) as Arc<dyn Lifetimes>);
        let waiting = tokio::spawn({
            let lifetimes = lifetimes.clone();
            async move { lifetimes.longest("a", "bc").await.map(str::to_owned).map_err(|error| error.to_string()) }
        });
        assert_eq!(waiting.await.unwrap(), Ok("bc".to_owned()));
        assert_eq!(lifetimes.each(&str::len, &mut vec!["a", "bc"]), 3);
        assert_eq!(lifetimes.choose(&["a".to_owned()]), Some(&"a".to_owned()));
        assert_eq!(log.take()[2], r#"Lifetimes::each(visit: _, texts: ["a", "bc"])"#);
    }

    #[di_core::intercept]
    #[mockall::automock]
    #[async_trait]
    trait Mocked: Send + Sync {
        async fn get(&self, key: &str) -> usize;
    }

    #[tokio::test]
    async fn with_a_mock_inside() {
        let mut mock = MockMocked::new();
        mock.expect_get().times(1).returning(str::len);
        let (mocked, log) = logged(Arc::new(mock) as Arc<dyn Mocked>);
        assert_eq!(mocked.get("four").await, 4);
        assert_eq!(log.take().len(), 2);
    }

    macro_rules! made_by_a_macro {
        ($name:ident, $method:ident, $argument:ident: $Type:ty) => {
            #[di_core::intercept]
            #[async_trait]
            trait $name: Send + Sync {
                async fn $method(&self, $argument: $Type) -> $Type;
            }

            #[async_trait]
            impl $name for () {
                async fn $method(&self, $argument: $Type) -> $Type {
                    $argument
                }
            }
        };
    }

    made_by_a_macro!(Made, make, thing: Result<u8, String>);

    #[tokio::test]
    async fn made_by_a_macro() {
        let (made, log) = logged(Arc::new(()) as Arc<dyn Made>);
        made.make(Err("as told".into())).await.unwrap_err();
        assert_eq!(log.take(), [r#"Made::make(thing: Err("as told"))"#, "make failed: as told"]);
    }
}

/// An interceptor that is a component with dependencies, and one with an async constructor that can fail.
mod wired {
    use super::*;

    struct Prefixed {
        prefix: Arc<str>,
        log: Arc<Log>,
    }

    #[component]
    impl Prefixed {
        fn new(prefix: Arc<str>, log: Arc<Log>) -> Self {
            Prefixed { prefix, log }
        }
    }

    impl Interceptor for Prefixed {
        fn before(&self, call: &Call<'_>) {
            self.log.0.lock().unwrap().push(format!("{}{call}", self.prefix));
        }
    }

    struct Checked {
        log: Arc<Log>,
    }

    #[component]
    impl Checked {
        async fn new(prefix: &str, log: Arc<Log>) -> Result<Self, &'static str> {
            tokio::task::yield_now().await;
            if prefix.is_empty() { Err("no prefix") } else { Ok(Checked { log }) }
        }
    }

    impl Interceptor for Checked {
        async fn around<N: Next>(&self, next: N) -> N::Output {
            self.log.0.lock().unwrap().push("checked".into());
            next.run().await
        }

        fn around_sync<N: NextSync>(&self, next: N) -> N::Output {
            self.log.0.lock().unwrap().push("checked".into());
            next.run()
        }
    }

    #[derive(Component)]
    struct Hello;

    #[di_core::intercept]
    #[async_trait]
    trait Greet: Send + Sync {
        async fn greet(&self, name: &str) -> String;
    }

    #[async_trait]
    impl Greet for Hello {
        async fn greet(&self, name: &str) -> String {
            format!("hello {name}")
        }
    }

    #[derive(Container)]
    #[allow(dead_code)]
    struct App {
        #[component(Hello)]
        #[decorate(Intercepted<dyn Greet, Checked>, Intercepted<dyn Greet, Prefixed>)]
        greet: Arc<dyn Greet>,
        #[component(Hello)]
        #[decorate(Intercepted<dyn Greet, Prefixed>)]
        second: Tagged<Second, Arc<dyn Greet>>,
        #[input]
        prefix: Arc<str>,
        #[input]
        log: Arc<Log>,
    }

    enum Second {}

    #[tokio::test]
    async fn a_tagged_field_is_decorated_alike() {
        let app = App::builder("2> ", Log::default()).build().await.unwrap();
        assert_eq!(app.second.greet("ann").await, "hello ann");
        assert_eq!(app.log.take(), [r#"2> Greet::greet(name: "ann")"#]);
    }

    #[tokio::test]
    async fn an_interceptor_is_a_component_with_dependencies_of_its_own() {
        let app = App::builder("> ", Log::default()).build().await.unwrap();
        assert_eq!(app.greet.greet("ann").await, "hello ann");
        assert_eq!(app.log.take(), [r#"> Greet::greet(name: "ann")"#, "checked"]);
    }

    #[tokio::test]
    async fn one_that_cannot_be_constructed_is_named() {
        let text = App::builder("", Log::default()).build().await.err().unwrap().to_string();
        let expected = "could not build `App`: `greet` (Intercepted<dyn Greet, Checked>) failed: no prefix\n";
        assert!(text.starts_with(expected), "{text}");
    }

    #[test]
    fn it_reads_well_in_the_graph() {
        let nodes: Vec<_> = App::GRAPH.nodes().iter().map(|node| (node.id(), node.component(), node.kind())).collect();
        assert_eq!(nodes[1], ("greet.1".to_owned(), "Intercepted<dyn Greet, Checked>", Kind::Decorator));
        assert_eq!(nodes[2], ("greet".to_owned(), "Intercepted<dyn Greet, Prefixed>", Kind::Decorator));
        let edges: Vec<_> =
            App::GRAPH.edges().map(|(needed, needing)| format!("{} -> {}", needed.id(), needing.id())).collect();
        assert_eq!(
            edges,
            [
                "greet.0 -> greet.1",
                "prefix -> greet.1",
                "log -> greet.1",
                "greet.1 -> greet",
                "prefix -> greet",
                "log -> greet",
                "second.0 -> second",
                "prefix -> second",
                "log -> second",
            ]
        );
        assert!(
            App::GRAPH.to_mermaid().contains("Intercepted&lt;dyn Greet, Checked&gt;"),
            "{}",
            App::GRAPH.to_mermaid()
        );
    }
}
