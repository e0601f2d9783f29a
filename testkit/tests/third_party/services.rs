//! Laws checked for the futures returned by `tower` services.

use std::convert::Infallible;
use std::time::Duration;

use tower::{BoxError, Service, ServiceBuilder, ServiceExt, service_fn};

/// A service that takes a second.
fn slow() -> impl Service<u32, Response = u32, Error = Infallible, Future: Send> + Clone + Send + 'static {
    service_fn(|number: u32| async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok(number + 1)
    })
}

/// Two concurrent calls to a service.
async fn two<S>(mut service: S) -> Vec<Result<u32, String>>
where
    S: Service<u32, Response = u32, Error: Into<BoxError>>,
{
    let mut responses = Vec::new();
    let text = |error: S::Error| error.into().to_string();
    let first = match service.ready().await {
        Ok(service) => service.call(1),
        Err(error) => return vec![Err(text(error))],
    };
    let second = async {
        match service.ready().await {
            Ok(service) => service.call(2).await,
            Err(error) => Err(error),
        }
    };
    let (first, second) = tokio::join!(first, second);
    responses.extend([first.map_err(text), second.map_err(text)]);
    responses
}

testkit::laws! {
    future a_call(_case) { slow().oneshot(1) }
    future a_concurrency_limit(_case) { two(ServiceBuilder::new().concurrency_limit(1).service(slow())) }
    future a_rate_limit(_case) { two(ServiceBuilder::new().rate_limit(1, Duration::from_secs(5)).service(slow())) }
    future a_timeout(_case) { two(ServiceBuilder::new().timeout(Duration::from_millis(500)).service(slow())) }
    future a_buffer(_case) { two(ServiceBuilder::new().buffer(1).service(slow())) }
    future all_together(_case) {
        two(ServiceBuilder::new().buffer(4).rate_limit(1, Duration::from_secs(5)).concurrency_limit(1).service(slow()))
    }
    future a_boxed_one(_case) { two(ServiceBuilder::new().boxed_clone().service(slow())) }
}
