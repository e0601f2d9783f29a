//! Channels, their subscribers and their messages.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use mini_redis::client::connect;
use testkit::Sim;
use tokio::sync::Barrier;

use crate::{ADDRESS, Clients, fails_with, next, start, subscribe};

/// `Client::publish` returns the number of subscribers. They receive the messages of a channel in the same order.
#[testkit::test(schedules = 1000)]
async fn subscribers_receive_all_messages_in_one_order(sim: Sim) {
    start(sim).await;
    let mut clients = Clients::new(sim);
    let received = Arc::new(Mutex::new(BTreeSet::new()));
    let subscribed = Arc::new(Barrier::new(4));
    for number in 0..2 {
        let (received, subscribed) = (received.clone(), subscribed.clone());
        clients.add(&format!("subscriber{number}"), async move {
            let mut subscriber = subscribe(&["news"]).await;
            subscribed.wait().await;
            let mut all = Vec::new();
            while all.len() < 4 {
                all.push(next(&mut subscriber).await);
            }
            received.lock().unwrap().insert(all);
        });
    }
    for number in 0..2 {
        let subscribed = subscribed.clone();
        clients.add(&format!("publisher{number}"), async move {
            let mut client = connect(ADDRESS).await.unwrap();
            subscribed.wait().await;
            for message in 0..2 {
                assert_eq!(client.publish("news", format!("{number}.{message}").into()).await.unwrap(), 2);
            }
            assert_eq!(client.publish("other", "nobody is there".into()).await.unwrap(), 0);
        });
    }
    clients.join().await;
    let received = received.lock().unwrap();
    assert_eq!(received.len(), 1, "{received:?}");
    for number in 0..2 {
        let own: Vec<_> = received.iter().flatten().filter(|text| text.starts_with(&number.to_string())).collect();
        assert!(own.is_sorted(), "{own:?}");
    }
}

/// `Subscriber::subscribe` and `Subscriber::unsubscribe` change the channels, if no message comes in between.
#[testkit::test(schedules = 1000)]
async fn a_subscriber_changes_its_channels(sim: Sim) {
    start(sim).await;
    let mut clients = Clients::new(sim);
    let (turn, done) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (their_turn, their_done) = (turn.clone(), done.clone());
    clients.add("subscriber", async move {
        let mut subscriber = subscribe(&["a"]).await;
        subscriber.subscribe(&["b".to_owned(), "c".to_owned()]).await.unwrap();
        subscriber.unsubscribe(&["a".to_owned()]).await.unwrap();
        assert_eq!(subscriber.get_subscribed(), ["b", "c"]);
        turn.wait().await;
        let mut received = [next(&mut subscriber).await, next(&mut subscriber).await];
        received.sort();
        assert_eq!(received, ["b", "c"]);
        done.wait().await;
        subscriber.unsubscribe(&[]).await.unwrap();
        assert!(subscriber.get_subscribed().is_empty());
        turn.wait().await;
        done.wait().await;
    });
    clients.add("publisher", async move {
        let mut client = connect(ADDRESS).await.unwrap();
        for counts in [[0, 1, 1], [0, 0, 0]] {
            their_turn.wait().await;
            for (channel, count) in ["a", "b", "c"].into_iter().zip(counts) {
                assert_eq!(client.publish(channel, channel.into()).await.unwrap(), count);
            }
            their_done.wait().await;
        }
    });
    clients.join().await;
}

/// Changes the channels of a subscriber while messages arrive.
async fn channels_change_while_messages_arrive(sim: Sim) {
    start(sim).await;
    let mut clients = Clients::new(sim);
    clients.add("subscriber", async move {
        let mut subscriber = subscribe(&["a"]).await;
        subscriber.subscribe(&["b".to_owned()]).await.unwrap();
    });
    clients.add("publisher", async move {
        let mut client = connect(ADDRESS).await.unwrap();
        for _ in 0..2 {
            client.publish("a", "hello".into()).await.unwrap();
        }
    });
    clients.join().await;
}

/// mini-redis breaks the promise of `Subscriber::subscribe`, which subscribes to new channels, and of
/// `Subscriber::unsubscribe`: both take the next frame for the response of the server. If it is a message of another
/// channel, they fail, and the message is lost.
#[test]
fn a_subscriber_cannot_change_its_channels_while_messages_arrive() {
    fails_with("unexpected frame", channels_change_while_messages_arrive);
}
