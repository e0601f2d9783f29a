//! Traits of all shapes, each called through an interceptor that only forwards calls.

use std::error::Error;
use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use di_core::intercept::Interceptable;
use di_core::{BoxError, BoxFuture, HealthCheck};

use super::{Secret, logged};

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
async fn an_attribute_below_async_trait_intercepts_the_trait() {
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

type Answer = Result<(), Box<dyn Error + Send + Sync>>;

#[di_core::intercept]
trait Boxed: Send + Sync {
    fn owned(&self, key: String) -> BoxFuture<usize>;
    fn lent<'a>(&'a self, key: &'a str) -> futures_util::future::BoxFuture<'a, Option<&'a str>>;
    fn pinned(&self) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>>;
}

impl Boxed for String {
    fn owned(&self, key: String) -> BoxFuture<usize> {
        Box::pin(async move { key.len() })
    }

    fn lent<'a>(&'a self, key: &'a str) -> futures_util::future::BoxFuture<'a, Option<&'a str>> {
        Box::pin(async move { self.strip_prefix(key) })
    }

    fn pinned(&self) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(async { Err("as requested".into()) })
    }
}

#[tokio::test]
async fn methods_that_return_boxed_futures_are_intercepted() {
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
            "pinned failed: as requested",
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
async fn a_generic_trait_is_intercepted() {
    let (cache, log) = logged(Arc::new("value".to_owned()) as Arc<dyn Cache<u8, String>>);
    assert_eq!(cache.get(3).await.unwrap(), "value");
    assert_eq!(cache.put(&3, Box::new(u8::to_string)), [1; 4]);
    assert_eq!(cache.tag(), "tag");
    // Only the bounds of the trait itself count: here, `K` is `Clone` but not `Debug`.
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
fn a_trait_with_a_supertrait_is_intercepted() {
    let (above, log) = logged(Arc::new(7_u8) as Arc<dyn Above>);
    assert_eq!((above.base(), above.above()), (1, 2));
    assert_eq!(format!("{above:?}"), "Intercepted(7)");
    assert_eq!(log.take(), ["Base::base()", "base Returned", "Above::above()", "above Returned"]);
    let by_upcast: Arc<dyn Base> = above;
    by_upcast.base();
    assert_eq!(log.take().len(), 2);
}

#[di_core::intercept]
trait Checked: HealthCheck {
    fn checked(&self) -> usize;
}

#[async_trait]
impl HealthCheck for Secret {
    fn name(&self) -> &str {
        "secret"
    }

    async fn check(&self) -> Result<(), BoxError> {
        Err("as requested".into())
    }
}

impl Checked for Secret {
    fn checked(&self) -> usize {
        1
    }
}

#[tokio::test]
async fn a_trait_that_extends_health_check_is_intercepted() {
    let (checked, log) = logged(Arc::new(Secret) as Arc<dyn Checked>);
    assert_eq!((checked.checked(), checked.name()), (1, "secret"));
    checked.check().await.unwrap_err();
    assert_eq!(log.take()[4..], ["HealthCheck::check()", "check failed: as requested"]);
}

/// An error that borrows, one that is only `Debug`, and one without a message.
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
fn errors_of_all_kinds_are_shown() {
    let (errors, log) = logged(Arc::new(()) as Arc<dyn Errors>);
    errors.borrowing("text").unwrap_err();
    errors.debug().unwrap_err();
    assert!(errors.silent().is_err());
    errors.r#dyn(3).unwrap();
    let lines: Vec<_> = log.take().into_iter().skip(1).step_by(2).collect();
    assert_eq!(
        lines,
        [
            "borrowing failed: borrowing text",
            "debug failed: OnlyDebug",
            "silent failed: an error that is neither `Display` nor `Debug`",
            "dyn Returned"
        ]
    );
    let errors: Vec<_> = <dyn Errors>::METHODS.iter().filter_map(|method| Some(method.error()?.name())).collect();
    assert_eq!(errors, ["Borrowing<'a>", "OnlyDebug", "Secret", "std::io::Result<u8>"]);
}

/// Named lifetimes, and closures.
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
async fn methods_with_named_lifetimes_are_intercepted() {
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
async fn a_mock_can_be_intercepted() {
    let mut mock = MockMocked::new();
    mock.expect_get().times(1).returning(str::len);
    let (mocked, log) = logged(Arc::new(mock) as Arc<dyn Mocked>);
    assert_eq!(mocked.get("four").await, 4);
    assert_eq!(log.take().len(), 2);
}

macro_rules! a_trait_generated_by_a_macro_is_intercepted {
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

a_trait_generated_by_a_macro_is_intercepted!(Made, make, thing: Result<u8, String>);

#[tokio::test]
async fn a_trait_generated_by_a_macro_is_intercepted() {
    let (made, log) = logged(Arc::new(()) as Arc<dyn Made>);
    made.make(Err("as requested".into())).await.unwrap_err();
    assert_eq!(log.take(), [r#"Made::make(thing: Err("as requested"))"#, "make failed: as requested"]);
}
