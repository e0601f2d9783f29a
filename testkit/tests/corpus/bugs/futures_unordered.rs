//! An upload with one loop that polls its sends and reports stored chunks. While the loop waits to report, nothing
//! polls a send that holds the last place in the host's inbox, and the receiver of the reports waits for that inbox.

use futures_util::FutureExt;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};

const CHUNKS: usize = 8;

enum Request {
    Store(usize),
    Count(oneshot::Sender<usize>),
}

async fn host(mut inbox: mpsc::Receiver<Request>, stored: mpsc::UnboundedSender<usize>) {
    let mut count = 0;
    while let Some(request) = inbox.recv().await {
        match request {
            Request::Store(chunk) => {
                count += 1;
                stored.send(chunk).unwrap();
            }
            Request::Count(reply) => reply.send(count).unwrap(),
        }
    }
}

/// Asks the host for its progress at each report.
async fn progress(mut reports: mpsc::Receiver<usize>, host: mpsc::Sender<Request>) -> usize {
    let mut last = 0;
    while reports.recv().await.is_some() {
        let (reply, count) = oneshot::channel();
        host.send(Request::Count(reply)).await.ok().unwrap();
        last = count.await.unwrap();
    }
    last
}

async fn upload<const FIXED: bool>(
    host: mpsc::Sender<Request>,
    mut stored: mpsc::UnboundedReceiver<usize>,
    reports: mpsc::Sender<usize>,
) {
    let mut sends = FuturesUnordered::new();
    for chunk in 0..CHUNKS {
        let host = host.clone();
        let send = async move { host.send(Request::Store(chunk)).await.ok().unwrap() };
        sends.push(if FIXED { crate::spawn("send", send).map(Result::unwrap).boxed() } else { send.boxed() });
    }
    let mut done = 0;
    while done < CHUNKS {
        tokio::select! {
            Some(()) = sends.next() => {}
            Some(chunk) = stored.recv() => {
                done += 1;
                reports.send(chunk).await.unwrap();
            }
        }
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let (to_host, inbox) = mpsc::channel(2);
    let (to_stored, stored) = mpsc::unbounded_channel();
    let (to_progress, reports) = mpsc::channel(2);
    let hosting = crate::spawn("host", host(inbox, to_stored));
    let uploading = crate::spawn("upload", upload::<FIXED>(to_host.clone(), stored, to_progress));
    let telling = crate::spawn("progress", progress(reports, to_host));
    uploading.await.unwrap();
    assert_eq!(telling.await.unwrap(), CHUNKS);
    hosting.await.unwrap();
}
