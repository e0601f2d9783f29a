//! tokio-postgres: a client of PostgreSQL, and a small server that knows as much of the protocol as the tests need.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use testkit::Sim;
use testkit::net::{Host, Restart};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Number of the type `TEXT`.
const TEXT: i32 = 25;

/// Committed rows of the only table. They outlive crashes.
type Table = Arc<Mutex<Vec<String>>>;

/// A connection of the server. All statements have one parameter: `echo` returns it as a row, `insert` adds it to the
/// table.
struct Session {
    stream: TcpStream,
    output: BytesMut,
    table: Table,
    statements: BTreeMap<Bytes, Bytes>,
    /// The statement that is executed next, and its parameter.
    bound: (Bytes, Bytes),
    /// Rows that were inserted in the current transaction.
    transaction: Option<Vec<String>>,
}

impl Session {
    fn new(stream: TcpStream, table: Table) -> Self {
        let (output, statements) = (BytesMut::new(), BTreeMap::new());
        Session { stream, output, table, statements, bound: Default::default(), transaction: None }
    }

    async fn serve(mut self) -> io::Result<()> {
        let size = self.stream.read_u32().await? - 4;
        self.read(size).await?;
        self.put(b'R', |body| body.put_i32(0));
        self.put_ready();
        loop {
            self.stream.write_all_buf(&mut self.output).await?;
            let tag = self.stream.read_u8().await?;
            let size = self.stream.read_u32().await? - 4;
            let body = self.read(size).await?;
            if tag == b'X' {
                return Ok(());
            }
            self.handle(tag, body);
        }
    }

    async fn read(&mut self, size: u32) -> io::Result<Bytes> {
        let mut bytes = vec![0; size as usize];
        self.stream.read_exact(&mut bytes).await?;
        Ok(bytes.into())
    }

    /// Handles a message of the client.
    fn handle(&mut self, tag: u8, mut body: Bytes) {
        match tag {
            b'Q' => {
                let query = string(&mut body);
                self.execute_simply(&query);
            }
            b'P' => {
                let name = string(&mut body);
                self.statements.insert(name, string(&mut body));
                self.put(b'1', |_| {});
            }
            b'D' => {
                body.advance(1);
                let returns_rows = self.statements.get(&string(&mut body)).is_some_and(|query| query == "echo");
                self.put(b't', |body| {
                    body.put_i16(1);
                    body.put_i32(TEXT);
                });
                match returns_rows {
                    true => self.put_description(),
                    false => self.put(b'n', |_| {}),
                }
            }
            b'B' => {
                string(&mut body);
                let query = self.statements[&string(&mut body)].clone();
                let formats = body.get_u16();
                body.advance(usize::from(formats) * 2 + 2);
                let size = body.get_u32() as usize;
                self.bound = (query, body.split_to(size));
                self.put(b'2', |_| {});
            }
            b'E' => self.execute_bound(),
            b'S' => self.put_ready(),
            b'C' => self.put(b'3', |_| {}),
            _ => panic!("an unknown message `{}`", tag as char),
        }
    }

    fn execute_bound(&mut self) {
        let (query, parameter) = std::mem::take(&mut self.bound);
        if query == "echo" {
            self.put_row(&parameter);
            return self.put_complete("SELECT 1");
        }
        let row = String::from_utf8(parameter.to_vec()).unwrap();
        match &mut self.transaction {
            Some(rows) => rows.push(row),
            None => self.table.lock().unwrap().push(row),
        }
        self.put_complete("INSERT 0 1");
    }

    /// Executes a query without parameters: a transaction's begin or end. All others return their own text as a row.
    fn execute_simply(&mut self, query: &[u8]) {
        match query {
            b"START TRANSACTION" => self.transaction = Some(Vec::new()),
            b"COMMIT" => self.table.lock().unwrap().extend(self.transaction.take().into_iter().flatten()),
            b"ROLLBACK" => self.transaction = None,
            query => {
                self.put_description();
                self.put_row(query);
            }
        }
        self.put_complete("DONE");
        self.put_ready();
    }

    fn put(&mut self, tag: u8, write: impl FnOnce(&mut BytesMut)) {
        let mut body = BytesMut::new();
        write(&mut body);
        self.output.put_u8(tag);
        self.output.put_i32(body.len() as i32 + 4);
        self.output.extend_from_slice(&body);
    }

    fn put_ready(&mut self) {
        let status = if self.transaction.is_some() { b'T' } else { b'I' };
        self.put(b'Z', |body| body.put_u8(status));
    }

    /// Describes rows with one column.
    fn put_description(&mut self) {
        self.put(b'T', |body| {
            body.put_i16(1);
            body.put_slice(b"column\0");
            body.put_i32(0);
            body.put_i16(0);
            body.put_i32(TEXT);
            body.put_i16(-1);
            body.put_i32(-1);
            body.put_i16(0);
        });
    }

    fn put_row(&mut self, value: &[u8]) {
        self.put(b'D', |body| {
            body.put_i16(1);
            body.put_i32(value.len() as i32);
            body.put_slice(value);
        });
    }

    fn put_complete(&mut self, tag: &str) {
        self.put(b'C', |body| {
            body.put_slice(tag.as_bytes());
            body.put_u8(0);
        });
    }
}

/// Takes a text that ends with a zero.
fn string(body: &mut Bytes) -> Bytes {
    let size = body.iter().position(|&byte| byte == 0).unwrap();
    let text = body.split_to(size);
    body.advance(1);
    text
}

/// Starts the server on its host.
async fn start(sim: Sim) -> (Host, Table) {
    let (host, table) = (sim.host("db"), Table::default());
    let shared = table.clone();
    host.run(move || {
        let table = shared.clone();
        async move {
            let listener = TcpListener::bind("0.0.0.0:5432").await?;
            loop {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                tokio::spawn(Session::new(stream, table.clone()).serve());
            }
            #[allow(unreachable_code, reason = "it names the type of the error")]
            io::Result::Ok(())
        }
    });
    sim.settle().await;
    sim.net().latency(10 * MILLISECOND);
    (host, table)
}

/// Connects, and drives the connection in a task of its own.
async fn connect() -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect("host=db user=app", NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Inserts two rows in one transaction.
async fn insert_both(client: &mut Client) -> Result<(), tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    transaction.execute("insert", &[&"debit"]).await?;
    transaction.execute("insert", &[&"credit"]).await?;
    transaction.commit().await
}

/// Section "Pipelining" of the crate's documentation: requests that are polled at once are sent at once, and their
/// answers come back in order.
#[testkit::test(schedules = 200)]
async fn requests_are_pipelined(sim: Sim) {
    start(sim).await;
    let asking = sim.host("app").spawn("app", async move {
        let client = connect().await.unwrap();
        assert_eq!(sim.elapsed(), 40 * MILLISECOND);
        let echo = client.prepare("echo").await.unwrap();
        assert_eq!(sim.elapsed(), 60 * MILLISECOND);
        let (one, two, three) = tokio::join!(
            client.query_one(&echo, &[&"one"]),
            client.simple_query("two"),
            client.query_one(&echo, &[&"three"])
        );
        assert_eq!(one.unwrap().get::<_, String>(0), "one");
        let is_two =
            |message: &SimpleQueryMessage| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("two"));
        assert!(two.unwrap().iter().any(is_two));
        assert_eq!(three.unwrap().get::<_, String>(0), "three");
        assert_eq!(sim.elapsed(), 80 * MILLISECOND);
    });
    asking.await.unwrap();
}

/// A request that is dropped leaves the others alone. `Transaction`: it rolls back when it is dropped.
#[testkit::test(schedules = 500)]
async fn dropped_requests_leave_the_connection_in_order(sim: Sim) {
    let (_, table) = start(sim).await;
    let asking = sim.host("app").spawn("app", async move {
        let mut client = connect().await.unwrap();
        let inserted = sim.cancel_anywhere(insert_both(&mut client)).await;
        let echo = client.query_one("echo", &[&"still there"]).await.unwrap();
        assert_eq!(echo.get::<_, String>(0), "still there");
        if let Some(inserted) = inserted {
            inserted.unwrap();
            assert_eq!(*table.lock().unwrap(), ["debit", "credit"]);
        }
        client.execute("insert", &[&"last"]).await.unwrap();
        let rows = table.lock().unwrap().clone();
        assert!(rows == ["debit", "credit", "last"] || rows == ["last"], "{rows:?}");
    });
    asking.await.unwrap();
}

/// A query outlives a partition. `Config::connect_timeout` limits a connection attempt.
#[testkit::test(schedules = 200)]
async fn a_query_outlives_a_partition(sim: Sim) {
    start(sim).await;
    let asking = sim.host("app").spawn("app", async move {
        let client = connect().await.unwrap();
        sim.net().partition(["app"], ["db"]);
        let begun = sim.elapsed();
        let config = Config::new().host("db").user("app").connect_timeout(5 * SECOND).clone();
        assert!(config.connect(NoTls).await.is_err());
        assert_eq!(sim.elapsed() - begun, 5 * SECOND);
        let (row, ()) = tokio::join!(client.query_one("echo", &[&"hello"]), async {
            sleep(60 * SECOND).await;
            sim.net().heal();
        });
        assert_eq!(row.unwrap().get::<_, String>(0), "hello");
    });
    asking.await.unwrap();
}

/// `Error::is_closed` and `Client::is_closed`: a reset ends the requests and closes the client. A transaction takes
/// effect as a whole or not at all; if its commit succeeds, it has taken effect.
#[testkit::test(schedules = 500)]
async fn a_reset_ends_requests_and_halves_no_transaction(sim: Sim) {
    let (_, table) = start(sim).await;
    sim.net().may_reset();
    let asking = sim.host("app").spawn("app", async move {
        let Ok(mut client) = connect().await else { return };
        let inserted = insert_both(&mut client).await;
        let rows = table.lock().unwrap().clone();
        match inserted {
            Ok(()) => assert_eq!(rows, ["debit", "credit"]),
            Err(error) => {
                assert!(error.code().is_none(), "{error:?}");
                assert!(rows.is_empty() || rows == ["debit", "credit"], "{rows:?}");
                sleep(SECOND).await;
                assert!(client.is_closed());
                let error = client.simple_query("late").await.unwrap_err();
                assert!(error.is_closed(), "{error:?}");
            }
        }
        sim.net().calm();
        connect().await.unwrap().simple_query("again").await.unwrap();
    });
    asking.await.unwrap();
}

/// The server may crash at any step, and keeps its table. A client that connects again inserts both rows, in one
/// transaction, or several times.
#[testkit::test(schedules = 500)]
async fn transactions_outlive_crashes(sim: Sim) {
    let (host, table) = start(sim).await;
    host.may_crash(Restart::After(3 * SECOND));
    let asking = sim.host("app").spawn("app", async move {
        for attempt in 0..10 {
            if attempt == 5 {
                sim.net().calm();
            }
            let inserting = async { insert_both(&mut connect().await?).await };
            if let Ok(Ok(())) = timeout(2 * SECOND, inserting).await {
                let rows = table.lock().unwrap();
                assert!(!rows.is_empty() && rows.chunks(2).all(|rows| rows == ["debit", "credit"]), "{rows:?}");
                return;
            }
            sleep(SECOND).await;
        }
        panic!("no attempt succeeded");
    });
    asking.await.unwrap();
}
