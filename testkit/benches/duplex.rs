//! Cost of `testkit::io::duplex` without faults, compared with tokio's duplex in the same run.
//!
//! `cargo bench -p testkit --bench duplex` prints the best of several rounds.

use std::hint::black_box;
use std::time::Instant;

use testkit::io::duplex;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::runtime::Builder;

/// Returns the best time of each call over several rounds, in seconds. The two calls take turns.
fn best(rounds: usize, mut calls: [&mut dyn FnMut(); 2]) -> [f64; 2] {
    let mut best = [f64::INFINITY; 2];
    for _ in 0..rounds {
        for (best, call) in best.iter_mut().zip(&mut calls) {
            let start = Instant::now();
            call();
            *best = best.min(start.elapsed().as_secs_f64());
        }
    }
    best
}

/// Sends messages of `size` bytes and waits for a reply of the same size to each.
async fn ping_pong<A, B>((mut client, mut server): (A, B), size: usize, count: usize)
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let serving = tokio::spawn(async move {
        let mut bytes = vec![0; size];
        while server.read_exact(&mut bytes).await.is_ok() {
            server.write_all(&bytes).await.expect("the client is there");
        }
    });
    let mut bytes = vec![7; size];
    for _ in 0..count {
        client.write_all(&bytes).await.expect("the server is there");
        client.read_exact(&mut bytes).await.expect("the server is there");
    }
    drop(client);
    serving.await.expect("the task does not panic");
    black_box(bytes);
}

/// Writes `size` bytes many times, while the other end reads them.
async fn bulk<A, B>((mut client, mut server): (A, B), size: usize, count: usize)
where
    A: AsyncWrite + Unpin,
    B: AsyncRead + Unpin + Send + 'static,
{
    let reading = tokio::spawn(async move {
        let (mut bytes, mut total) = (vec![0; 16 * 1024], 0);
        loop {
            match server.read(&mut bytes).await.expect("the connection is open") {
                0 => return total,
                read => total += read,
            }
        }
    });
    let bytes = vec![7; size];
    for _ in 0..count {
        client.write_all(&bytes).await.expect("the reader is there");
    }
    drop(client);
    assert_eq!(reading.await.expect("the task does not panic"), size * count);
}

fn main() {
    let runtime = Builder::new_current_thread().build().expect("the runtime can be built");
    let print = |title: &str, [ours, tokio]: [f64; 2], count: usize| {
        let each = |time: f64| time * 1e9 / count as f64;
        println!("{title}");
        println!("     testkit   {:>8.1} ns   {:.2} x tokio", each(ours), ours / tokio);
        println!("     tokio     {:>8.1} ns", each(tokio));
    };
    for size in [64, 4096] {
        let count = 100_000;
        let times = best(
            7,
            [&mut || runtime.block_on(ping_pong(duplex().build(), size, count)), &mut || {
                runtime.block_on(ping_pong(tokio::io::duplex(64 * 1024), size, count))
            }],
        );
        print(&format!("a message of {size} bytes and its reply"), times, count);
    }
    for size in [64, 16 * 1024] {
        let count = 100_000;
        let times = best(
            7,
            [&mut || runtime.block_on(bulk(duplex().build(), size, count)), &mut || {
                runtime.block_on(bulk(tokio::io::duplex(64 * 1024), size, count))
            }],
        );
        print(&format!("a write of {size} bytes and its read"), times, count);
    }
}
