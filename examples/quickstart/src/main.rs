//! A shop that greets by the time of day: two components, a container, and a test with a mock.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use di_core::{BuildError, Component, Container, component};

#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait Clock: Send + Sync {
    async fn hour(&self) -> u64;
}

#[derive(Component)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    async fn hour(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs() / 3600 % 24)
    }
}

pub struct Greeter {
    shop: Arc<str>,
    clock: Arc<dyn Clock>,
}

#[component]
impl Greeter {
    /// The constructor's parameters are the dependencies.
    pub fn new(shop: Arc<str>, clock: Arc<dyn Clock>) -> Self {
        Greeter { shop, clock }
    }

    pub async fn greet(&self) -> String {
        let time = if self.clock.hour().await < 12 { "morning" } else { "day" };
        format!("Good {time} from {}!", self.shop)
    }
}

#[derive(Container)]
pub struct App {
    #[input]
    shop: Arc<str>, // an argument of App::builder
    #[component(SystemClock)]
    clock: Arc<dyn Clock>, // a SystemClock, as a trait object
    #[component]
    greeter: Arc<Greeter>, // built by Greeter::new from the two fields above, matched by type
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BuildError> {
    let app = App::builder("the corner shop").build().await?;
    println!("{}", app.greeter.greet().await);
    println!("\nwired as:\n{}", App::GRAPH.to_mermaid());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn greets_by_the_time_of_day() -> Result<(), BuildError> {
        let mut clock = MockClock::new();
        clock.expect_hour().return_const(9_u64);

        // A slice builds only what the greeter needs. The override replaces SystemClock, which is not built.
        let slice = App::slice().with_shop("a test".into()).with_clock(Arc::new(clock));
        let greeter: Arc<Greeter> = slice.get().await?;

        assert_eq!(greeter.greet().await, "Good morning from a test!");
        Ok(())
    }
}
