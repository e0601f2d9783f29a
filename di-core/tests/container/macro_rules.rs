//! Components and containers may come out of `macro_rules!` macros.

use std::sync::Arc;

use di_core::{Component, Container, component, provider};

trait Clock: Send + Sync {
    fn now(&self) -> u64;
}

macro_rules! repository {
    ($name:ident, $dependency:ty, $result:ty) => {
        struct $name {
            dependency: $dependency,
        }

        #[component]
        impl $name {
            async fn new(dependency: $dependency, _name: &str) -> $result {
                Ok($name { dependency })
            }
        }
    };
}

macro_rules! derived {
    ($name:ident, $dependency:ty) => {
        #[derive(Component)]
        struct $name(#[default] u8, $dependency);
    };
}

macro_rules! provided {
    ($name:ident, $parameter:ty, $result:ty) => {
        #[provider]
        async fn $name(_clock: $parameter) -> $result {
            stringify!($name).into()
        }
    };
}

macro_rules! container {
    ($name:ident, $users:ty, $provider:path, $alias:ident, $clock:ty) => {
        #[derive(Container)]
        #[allow(dead_code)]
        struct $name {
            #[component(Frozen)]
            clock: $clock,
            #[component]
            users: Arc<$users>,
            #[component]
            orders: Arc<Orders>,
            #[provide($provider)]
            name: Arc<str>,
            #[alias($alias)]
            lookup: Arc<dyn Lookup>,
            #[collect($alias)]
            lookups: Vec<Arc<dyn Lookup>>,
        }
    };
}

trait Lookup: Send + Sync {}

#[derive(Component)]
struct Frozen;

impl Clock for Frozen {
    fn now(&self) -> u64 {
        0
    }
}

repository!(Users, Arc<dyn Clock>, Result<Self, std::io::Error>);
derived!(Orders, Arc<Users>);
provided!(name, &dyn Clock, Arc<str>);
container!(App, Users, name, users, Arc<dyn Clock>);

impl Lookup for Users {}

#[tokio::test]
async fn what_a_macro_makes_is_wired_like_anything_else() {
    let app = App::builder().build().await.unwrap();
    assert_eq!((app.orders.0, app.orders.1.dependency.now()), (0, 0));
    assert_eq!(&*app.name, "name");
}
