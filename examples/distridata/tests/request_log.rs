//! Checks that each request logs one line. This is a separate test binary because it installs a global subscriber.

use std::io;
use std::sync::{Arc, Mutex};

use di_core::ambient::Ambient;
use distridata::app::App;
use distridata::config::Config;
use distridata::http::{Http, RequestHead, RequestScope};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn lines_with(&self, text: &str) -> Vec<String> {
        let log = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        log.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn each_request_logs_a_line_with_its_id_and_outcome() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).init();
    let dir = tempfile::tempdir().unwrap();
    let app = App::builder(Config::new(dir.path())).build().await.unwrap();
    let url = format!("http://{}/objects/name", app.server.address());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();

    client.get(&url).header("x-request-id", "first").send().await.unwrap();
    client.put(&url).header("x-request-id", "second").body("content").send().await.unwrap();

    let [first] = &log.lines_with("id=first method=GET")[..] else { panic!("{log:?}", log = log.lines_with("")) };
    assert!(first.contains("answered id=first method=GET path=\"/objects/name\" status=404 duration="), "{first}");
    let [second] = &log.lines_with("id=second method=PUT")[..] else { panic!("{log:?}", log = log.lines_with("")) };
    assert!(second.contains("status=200"), "{second}");
    let rejected = log.lines_with("request rejected");
    assert!(rejected.len() == 1 && rejected[0].contains("request{id=first}"), "{rejected:?}");

    // If the client disconnects, the scope is dropped without a response.
    let Ambient { clock, entropy, .. } = Ambient::tokio();
    let (coordinator, metrics) = (app.coordinator.clone(), app.storage.host_metrics.clone());
    let http = Http::builder(clock, entropy, coordinator, metrics, Vec::new()).build().await.unwrap();
    let head = RequestHead { method: reqwest::Method::GET, path: "/".into(), given_id: Some("third".into()) };
    drop(RequestScope::builder(http, head).build_sync().unwrap());
    let third = log.lines_with("id=third");
    assert!(third.len() == 1 && third[0].contains("not answered: the client disconnected"), "{third:?}");
}
