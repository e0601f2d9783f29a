//! Build errors: the message names the failed constructor, its cause, its dependents, and the fields built before it.

use std::error::Error;
use std::io;
use std::sync::Arc;

use di_core::construct::BuildErrorKind;
use di_core::{Component, Container, component, provider};

struct Config {
    path: &'static str,
}

#[derive(Component)]
struct Clock;

struct Store;

#[component]
impl Store {
    async fn new(config: &Config, _clock: &Clock) -> Result<Self, io::Error> {
        match config.path {
            "" => Ok(Store),
            path => Err(io::Error::new(io::ErrorKind::NotFound, format!("unable to open database file: {path}"))),
        }
    }
}

struct Orders;

#[component]
impl Orders {
    fn new(_store: &Store) -> Result<Self, &'static str> {
        Err("no orders today")
    }
}

#[derive(Component)]
#[allow(dead_code)]
struct Users {
    store: Arc<Store>,
}

#[provider]
fn name(_users: &Users) -> Result<Arc<str>, Box<dyn Error + Send + Sync>> {
    Ok("name".into())
}

#[derive(Container)]
#[allow(dead_code)]
struct App {
    #[input]
    config: Arc<Config>,
    #[component]
    clock: Arc<Clock>,
    #[component]
    store: Arc<Store>,
    #[component]
    users: Arc<Users>,
    #[component]
    orders: Arc<Orders>,
    #[provide(name)]
    name: Arc<str>,
}

async fn failure(path: &'static str) -> di_core::BuildError {
    App::builder(Config { path }).build().await.err().expect("it fails")
}

#[tokio::test]
async fn the_message_states_what_failed_where_why_and_how_to_fix_it() {
    let text = format!("{:?}", failure("/nope/catalog.db").await);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[0],
        "could not build `App`: `store` (Store) failed: unable to open database file: /nope/catalog.db"
    );
    assert_eq!(lines[1], "  needed by `users` (Users), `orders` (Orders)");
    assert!(lines[2].starts_with("  after "), "{text}");
    assert!(lines[2].ends_with("; already built, now dropped: config, clock"), "{text}");
    assert_eq!(lines.len(), 3);
}

#[tokio::test]
async fn display_is_one_line_without_the_source() {
    assert_eq!(failure("/nope").await.to_string(), "could not build `App`: `store` (Store) failed");
}

#[tokio::test]
async fn an_overridden_field_does_not_need_the_failed_one() {
    let users = Arc::new(Users { store: Arc::new(Store) });
    let builder = App::builder(Config { path: "/nope" }).with_users(users);
    let text = format!("{:?}", builder.build().await.err().unwrap());
    assert!(text.contains("needed by `orders` (Orders)\n"), "{text}");
}

#[tokio::test]
async fn the_source_is_the_constructors_error() {
    let error = failure("/nope").await;
    let source = error.source().expect("a source").downcast_ref::<io::Error>().expect("an io::Error");
    assert_eq!(source.kind(), io::ErrorKind::NotFound);
}

#[tokio::test]
async fn the_parts_of_an_error_are_accessible() {
    let error = failure("").await;
    let BuildErrorKind::Constructor { container, node, needed_by, built, source, .. } = error.kind() else {
        panic!("{error:#?}")
    };
    assert_eq!((*container, node.name(), node.component()), ("App", "orders", "Orders"));
    assert_eq!(source.to_string(), "no orders today");
    assert!(needed_by.is_empty());
    assert!(built.contains(&"store"), "{built:?}");
}

#[test]
fn an_error_is_small_enough_to_return() {
    assert_eq!(size_of::<di_core::BuildError>(), size_of::<usize>());
}
