//! The scenario: two connections to mini-redis, with each of its commands once.

use std::time::Duration;

use mini_redis::client::connect;
use tokio::time::sleep;

/// Connects, sets, gets, waits until a value has expired, subscribes, publishes, and closes the connections.
pub(crate) async fn scenario(address: &'static str) {
    let mut client = connect(address).await.expect("the server accepts the connection");
    client.set("key", "value".into()).await.expect("the server sets the value");
    let value = client.get("key").await.expect("the server answers").expect("the value is there");
    assert_eq!(&value[..], b"value");

    let time = Duration::from_millis(100);
    client.set_expires("short", "value".into(), time).await.expect("the server sets the value");
    sleep(2 * time).await;
    assert_eq!(client.get("short").await.expect("the server answers"), None);

    let subscriber = connect(address).await.expect("the server accepts the connection");
    let mut subscriber = subscriber.subscribe(vec!["news".to_owned()]).await.expect("the server subscribes");
    let receivers = client.publish("news", "hello".into()).await.expect("the server publishes");
    assert_eq!(receivers, 1);
    let message = subscriber.next_message().await.expect("the server sends").expect("the subscription goes on");
    assert_eq!(&message.content[..], b"hello");
}
