//! Hosts that crash and come back.

use std::io;
use std::time::Duration;

use testkit::net::{Host, Restart};
use testkit::{Explorer, FailureKind, Sim};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::*;

/// Answers each connection with a greeting, and keeps it open until the client closes it.
async fn serve() -> io::Result<()> {
    let listener = TcpListener::bind("0.0.0.0:80").await?;
    loop {
        let (mut connection, _) = listener.accept().await?;
        di_core::task::spawn(async move {
            connection.write_all(b"hello").await?;
            connection.read_to_end(&mut Vec::new()).await
        });
    }
}

fn server(sim: Sim) -> Host {
    let server = sim.host("server");
    server.run(serve);
    server
}

async fn greeting(server: Host) -> io::Result<[u8; 5]> {
    let mut connection = TcpStream::connect((server.address(), 80)).await?;
    let mut bytes = [0; 5];
    connection.read_exact(&mut bytes).await?;
    Ok(bytes)
}

#[test]
fn each_host_has_ports_of_its_own() {
    passes(Explorer::new(), |sim| async move {
        let hosts = [sim.host("a"), sim.host("b")];
        for host in hosts {
            host.run(serve);
        }
        sim.settle().await;
        for host in hosts {
            assert_eq!(&greeting(host).await.unwrap(), b"hello");
            // The address leads to another host from elsewhere.
            assert_eq!(
                &host
                    .spawn("local", async { TcpStream::connect("127.0.0.1:80").await })
                    .await
                    .unwrap()
                    .unwrap()
                    .peer_addr()
                    .unwrap()
                    .to_string(),
                "127.0.0.1:80"
            );
        }
        let refused = TcpStream::connect("127.0.0.1:80").await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    });
}

#[test]
fn a_crash_ends_connections_and_listeners_until_the_restart() {
    let ends = seen(|sim| async move {
        let server = server(sim);
        sim.settle().await;
        let mut connection = TcpStream::connect((server.address(), 80)).await.unwrap();
        connection.read_exact(&mut [0; 5]).await.unwrap();
        server.crash();
        assert!(!server.is_up());
        let read = tokio::time::timeout(Duration::from_secs(3600), connection.read(&mut [0])).await;
        // A host that is down does not answer.
        let connecting = tokio::time::timeout(Duration::from_secs(1), TcpStream::connect((server.address(), 80))).await;
        assert!(connecting.is_err());
        server.restart();
        sim.settle().await;
        assert_eq!(&greeting(server).await.unwrap(), b"hello");
        match read {
            Ok(read) => read.unwrap_err().kind().to_string(),
            // The restarted host does not know the connection.
            Err(_) => {
                connection.write_all(b"x").await.unwrap();
                format!("silence, then {}", connection.read(&mut [0]).await.unwrap_err().kind())
            }
        }
    });
    let reset = "connection reset";
    assert_eq!(ends, [reset.to_owned(), format!("silence, then {reset}")].into());
}

#[test]
fn a_crash_drops_the_tasks_of_the_host_and_their_children() {
    passes(Explorer::new(), |sim| async move {
        let host = sim.host("host");
        let task = host.spawn("parent", async {
            di_core::task::spawn(std::future::pending::<()>());
            std::future::pending::<()>().await;
        });
        sim.settle().await;
        host.crash();
        assert!(task.await.unwrap_err().is_cancelled());
        sim.settle().await;
        assert!(sim.tasks().iter().filter(|task| task.state() == testkit::types::TaskState::Alive).count() == 1);
    });
}

#[test]
fn the_schedule_may_crash_a_host() {
    let failure = replayed_failure(Explorer::new(), |sim| async move {
        let server = server(sim);
        server.may_crash(Restart::After(Duration::from_secs(5)));
        sim.settle().await;
        greeting(server).await.unwrap();
    });
    assert_report_contains(&failure, &["host `server` crashed"]);
    passes(Explorer::new(), |sim| async move {
        let server = server(sim);
        server.may_crash(Restart::After(Duration::from_secs(5)));
        while tokio::time::timeout(Duration::from_secs(1), greeting(server)).await.is_ok_and(|greeted| greeted.is_ok())
        {
            if sim.elapsed() > Duration::from_secs(60) {
                break;
            }
            sim.sleep(Duration::from_secs(1)).await;
        }
        sim.net().calm();
        sim.sleep(Duration::from_secs(6)).await;
        assert_eq!(&greeting(server).await.unwrap(), b"hello");
    });
}

#[test]
fn a_panic_on_a_host_fails_the_test_unless_the_host_may_panic() {
    let program = |may_panic: bool| {
        move |sim: Sim| async move {
            let host = sim.host("host");
            if may_panic {
                host.may_panic();
            }
            host.run(|| async { Err::<(), _>("no configuration") });
            sim.settle().await;
        }
    };
    let failure = failure(Explorer::new(), program(false));
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert_report_contains(
        &failure,
        &["task 2 `host`", "what the host runs since ", "returned an error: no configuration"],
    );
    passes(Explorer::new(), program(true));
}

#[test]
fn clocks_of_hosts_may_differ() {
    passes(Explorer::new(), |sim| async move {
        let ahead = sim.host("ahead");
        ahead.clock_skew(Duration::from_secs(60));
        let theirs = ahead.spawn("clock", async { std::time::SystemTime::now() }).await.unwrap();
        assert_eq!(theirs.duration_since(std::time::SystemTime::now()).unwrap(), Duration::from_secs(60));
    });
}

#[test]
#[should_panic(expected = "the host `main` runs the test itself")]
fn the_host_of_the_test_cannot_crash() {
    passes(Explorer::new(), |sim| async move { sim.host("main").crash() });
}
