//! Laws checked for combinators in `futures_util`, for futures, streams and sinks.

use std::time::Duration;

use futures_channel::mpsc::{SendError, UnboundedReceiver, unbounded};
use futures_util::future::{Either, join_all, select, try_join};
use futures_util::stream::{self, FuturesOrdered, FuturesUnordered};
use futures_util::{FutureExt, SinkExt, StreamExt, TryStreamExt};
use testkit::laws::{self, Case, Law};

/// A stream of numbers that arrive one by one.
fn numbers(case: &mut Case, numbers: impl IntoIterator<Item = u32>) -> UnboundedReceiver<u32> {
    let (sender, receiver) = unbounded();
    for number in numbers {
        let sender = sender.clone();
        case.then(move || _ = sender.unbounded_send(number));
    }
    case.then(move || drop(sender));
    receiver
}

/// Sleeps for as many seconds as the number, then returns it.
async fn later(number: u32) -> u32 {
    tokio::time::sleep(Duration::from_secs(number.into())).await;
    number
}

testkit::laws! {
    stream a_receiver(case) { numbers(case, 1..4) }
    stream a_receiver_behind_another_event(case) { case.then(|| {}); numbers(case, 1..4) }
    stream an_iter(_case) { stream::iter([1, 2, 3]) }
    stream buffered(case) { numbers(case, [3, 1, 2]).map(later).buffered(2) }
    stream buffer_unordered(case) { numbers(case, [3, 1, 2]).map(later).buffer_unordered(2) }
    stream buffer_unordered_from_the_start(_case) { stream::iter([5, 1, 3]).map(later).buffer_unordered(2) }
    stream chunks(case) { numbers(case, 1..6).chunks(2) }
    stream ready_chunks_of_one(case) { numbers(case, 1..6).ready_chunks(1) }
    stream peekable(case) { numbers(case, 1..4).peekable() }
    stream fuse(case) { numbers(case, 1..4).fuse() }
    stream then(case) { numbers(case, 1..4).then(later) }
    stream filter(case) { numbers(case, 1..6).filter(|number| std::future::ready(number % 2 == 0)) }
    stream filter_map(case) { numbers(case, 1..6).filter_map(|number| async move { later(number).await.checked_sub(3) }) }
    stream skip_while(case) { numbers(case, 1..6).skip_while(|number| std::future::ready(*number < 3)) }
    stream take(case) { numbers(case, 1..6).take(2) }
    stream take_while(case) { numbers(case, 1..6).take_while(|number| std::future::ready(*number < 3)) }
    stream take_until(case) { numbers(case, 1..3).take_until(later(7)) }
    stream scan(case) { numbers(case, 1..6).scan(0, |sum, number| { *sum += number; std::future::ready(Some(*sum)) }) }
    stream chain(case) { let first = numbers(case, 1..3); first.chain(numbers(case, 3..5)) }
    stream zip(case) { let first = numbers(case, 1..3); first.zip(numbers(case, 3..6)) }
    stream flatten(case) { numbers(case, 1..4).map(|number| stream::iter(0..number)).flatten() }
    stream flat_map_unordered_of_one(case) { numbers(case, 1..4).flat_map_unordered(1, |number| stream::iter(0..number)) }
    stream abortable(case) { stream::abortable(numbers(case, 1..4)).0 }
    stream once(_case) { stream::once(later(1)) }
    stream try_buffered(case) {
        numbers(case, 1..4).map(|number| Ok::<_, ()>(async move { Ok(later(number).await) })).try_buffered(2)
    }
    stream futures_unordered(_case) { [3, 1, 2].map(later).into_iter().collect::<FuturesUnordered<_>>() }
    stream futures_ordered(_case) { [3, 1, 2].map(later).into_iter().collect::<FuturesOrdered<_>>() }

    future collect(case) { numbers(case, 1..4).collect::<Vec<_>>() }
    future for_each_concurrent(case) { numbers(case, 1..4).for_each_concurrent(2, |number| later(number).map(drop)) }
    future joined(_case) { join_all([3, 1, 2].map(later)) }
    future joined_by_many(_case) { join_all((0..40).map(later)) }
    future try_joined(_case) { try_join(later(1).map(Ok::<_, ()>), later(2).map(Ok)) }
    future selected(_case) {
        select(Box::pin(later(2)), Box::pin(later(1))).map(|either| match either {
            Either::Left((number, _)) | Either::Right((number, _)) => number,
        })
    }
    future shared(_case) { later(1).shared() }
    future shared_by_two(_case) {
        let shared = later(1).shared();
        try_join(shared.clone().map(Ok::<_, ()>), shared.map(Ok))
    }
    future a_remote_handle(_case) { let (remote, handle) = later(1).remote_handle(); tokio::spawn(remote); handle }
}

/// The order of items depends on when the streams are polled. The law is stricter than the documentation.
#[test]
fn selects_and_unordered_flat_maps() {
    laws::stream(|case| {
        let first = numbers(case, 1..4);
        stream::select(first, numbers(case, 4..7))
    })
    .in_any_order()
    .check();
    laws::stream(|case| {
        let lists = [numbers(case, 1..4), numbers(case, 4..7)];
        stream::select_all(lists)
    })
    .in_any_order()
    .check();
    laws::stream(|case| numbers(case, 1..4).flat_map_unordered(None, |number| stream::iter(0..number)))
        .in_any_order()
        .check();
}

/// As documented, a chunk contains all items that are ready, which depends on when the stream is polled.
#[test]
fn ready_chunks() {
    laws::stream(|case| numbers(case, 1..6).ready_chunks(3)).allow(Law::SameOutcome).check();
}

/// `unfold` and `async` blocks as streams panic after their end, which the `Stream` contract allows.
#[test]
fn unfold() {
    let unfold = |_: &mut Case| {
        stream::unfold(1, |number| {
            async move { Some((later(number).await, number + 1)) }.map(move |next| next.filter(|_| number < 3))
        })
    };
    laws::stream(unfold).allow(Law::StaysEnded).check();
    laws::stream(move |case| unfold(case).fuse()).check();
}

/// These streams are endless.
#[test]
fn endless_streams() {
    laws::stream(|_| stream::repeat(1)).at_most(3).check();
    laws::stream(|_| stream::iter([1, 2]).cycle()).at_most(5).check();
}

#[test]
fn split_and_forward() {
    laws::future(|case| {
        let (sender, receiver) = unbounded();
        let forward = numbers(case, 1..4).map(Ok).forward(sender);
        async move { (forward.await, receiver.collect::<Vec<_>>().await) }
    })
    .check();
}

#[test]
fn the_sinks() {
    let sent = |case: &mut Case| {
        let (sender, receiver) = futures_channel::mpsc::channel::<u32>(1);
        let receiver = std::sync::Arc::new(std::sync::Mutex::new((receiver, Vec::new())));
        let drain = move || {
            let (receiver, items) = &mut *receiver.lock().unwrap();
            items.extend(std::iter::from_fn(|| receiver.try_recv().ok()));
            items.clone()
        };
        for _ in 0..10 {
            let drain = drain.clone();
            case.then(move || _ = drain());
        }
        case.received(drain);
        sender
    };
    let items = [1, 2, 3, 4, 5, 6];
    laws::sink(items, sent).check();
    laws::sink(items, move |case| sent(case).buffer(2)).check();
    laws::sink(items, move |case| {
        Box::pin(sent(case).with(|number| async move {
            tokio::task::yield_now().await;
            Ok::<_, SendError>(number)
        }))
    })
    .check();
    laws::sink(items, move |case| sent(case).with_flat_map(|number| stream::iter([Ok(number)]))).check();
    laws::sink(items, move |case| sent(case).fanout(futures_util::sink::drain().sink_map_err(|never| match never {})))
        .check();
    laws::sink(items, |_| futures_util::sink::unfold((), |(), number| later(number).map(|_| Ok::<_, ()>(())))).check();
}
