//! Overrides by a function of the real value: spies and the like.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use di_core::{Component, Container, component};

trait Store: Send + Sync {
    fn get(&self) -> String;
}

struct Real;

#[component]
impl Real {
    async fn new() -> Self {
        tokio::task::yield_now().await;
        Real
    }
}

impl Store for Real {
    fn get(&self) -> String {
        "real".into()
    }
}

#[derive(Component)]
struct Loud {
    #[inner]
    inner: Arc<dyn Store>,
}

impl Store for Loud {
    fn get(&self) -> String {
        self.inner.get().to_uppercase()
    }
}

#[derive(Component)]
struct Orders {
    store: Arc<dyn Store>,
}

#[derive(Container)]
#[allow(dead_code)]
struct Storage {
    #[component(Real)]
    #[decorate(Loud)]
    store: Arc<dyn Store>,
}

#[derive(Container)]
#[allow(dead_code)]
struct App {
    #[component]
    orders: Arc<Orders>,
    #[module]
    storage: Storage,
    #[import(storage)]
    store: Arc<dyn Store>,
    #[alias(store)]
    tagged: di_core::Tagged<App, Arc<dyn Store>>,
}

/// Counts the calls, and passes them on.
struct Spy {
    real: Arc<dyn Store>,
    calls: Arc<AtomicUsize>,
}

impl Store for Spy {
    fn get(&self) -> String {
        self.calls.fetch_add(1, Ordering::Relaxed);
        format!("spy of {}", self.real.get())
    }
}

#[tokio::test]
async fn a_field_is_overridden_by_a_function_of_its_real_value() {
    let calls = Arc::new(AtomicUsize::new(0));
    let app = App::builder().wrap_store({
        let calls = calls.clone();
        |real| Arc::new(Spy { real, calls })
    });
    let app = app.build().await.unwrap();
    assert_eq!((app.orders.store.get(), app.tagged.get()), ("spy of REAL".into(), "spy of REAL".into()));
    assert_eq!(app.storage.store.get(), "REAL", "the module has its own field");
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

fn spy(real: Arc<dyn Store>) -> Arc<dyn Store> {
    Arc::new(Spy { real, calls: Arc::default() })
}

#[tokio::test]
async fn fields_of_modules_and_of_slices_are_wrapped() {
    let app = App::builder().storage(|storage| storage.wrap_store(spy)).build().await.unwrap();
    assert_eq!(app.orders.store.get(), "spy of REAL");
    let orders: Arc<Orders> = App::slice().wrap_store(spy).strict().get().await.unwrap();
    assert_eq!(orders.store.get(), "spy of REAL");
}

#[tokio::test]
async fn wrappers_are_applied_in_order_and_also_to_an_override() {
    let app = App::builder().wrap_store(spy).wrap_store(|real| Arc::new(Loud { inner: real })).build().await.unwrap();
    assert_eq!(app.orders.store.get(), "SPY OF REAL");
    let app = App::builder().with_store(Arc::new(Real)).wrap_store(spy).build().await.unwrap();
    assert_eq!(app.orders.store.get(), "spy of real");
    let app = App::builder().wrap_store(spy).with_store(Arc::new(Real)).build().await.unwrap();
    assert_eq!(app.orders.store.get(), "real", "the last override wins");
}

#[tokio::test]
async fn a_strict_slice_rejects_a_wrapper_that_it_does_not_need() {
    let error = App::slice().wrap_orders(|real| real).strict().get::<Arc<dyn Store>>().await.err().unwrap();
    assert_eq!(
        format!("{error:?}"),
        "could not build this slice of `App`: it is strict, but does not need the overrides of `orders`\n  \
         `store` does not depend on them: remove `.wrap_orders(..)`, or `.strict()`"
    );
}

#[tokio::test]
#[should_panic(expected = "no spy today")]
async fn a_wrapper_that_panics_panics_the_build() {
    _ = App::builder().wrap_store(|_| panic!("no spy today")).build().await;
}
