//! A shop that greets by the hour: three components, a container, and a test with a mock.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use di_core::{BuildError, Component, Container, component};

pub struct Config {
    shop: String,
}

#[cfg_attr(test, mockall::automock)]
#[async_trait::async_trait]
pub trait Clock: Send + Sync {
    async fn hour(&self) -> u64;
}

#[derive(Component)]
pub struct SystemClock;

#[async_trait::async_trait]
impl Clock for SystemClock {
    async fn hour(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs() / 3600 % 24)
    }
}

pub struct Greeter {
    shop: String,
    clock: Arc<dyn Clock>,
}

#[component]
impl Greeter {
    /// The constructor's parameters are the dependencies.
    pub fn new(config: &Config, clock: Arc<dyn Clock>) -> Self {
        Greeter { shop: config.shop.clone(), clock }
    }

    pub async fn greet(&self) -> String {
        let time = if self.clock.hour().await < 12 { "morning" } else { "day" };
        format!("Good {time} from {}!", self.shop)
    }
}

#[derive(Container)]
pub struct App {
    #[input]
    config: Arc<Config>,
    #[component(SystemClock)]
    clock: Arc<dyn Clock>,
    #[component]
    greeter: Arc<Greeter>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BuildError> {
    let app = App::builder(Config { shop: "the corner shop".into() }).build().await?;
    println!("{}", app.greeter.greet().await);
    println!("\nwired as:\n{}", App::GRAPH.to_mermaid());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn greets_by_the_hour() -> Result<(), BuildError> {
        let mut clock = MockClock::new();
        clock.expect_hour().return_const(9_u64);
        let config = Arc::new(Config { shop: "a test".into() });

        let greeter: Arc<Greeter> = App::slice().with_config(config).with_clock(Arc::new(clock)).get().await?;

        assert_eq!(greeter.greet().await, "Good morning from a test!");
        Ok(())
    }
}
