//! `Inject`: axum handlers get fields of the container by type.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use di_core::{Component, Container, Inject};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

trait Greet: Send + Sync {
    fn greet(&self) -> String;
}

#[derive(Component)]
struct Hello;

impl Greet for Hello {
    fn greet(&self) -> String {
        "hello".into()
    }
}

#[derive(Container)]
#[allow(dead_code)]
struct App {
    #[component(Hello)]
    greet: Arc<dyn Greet>,
    #[input]
    name: Arc<str>,
}

async fn handler(Inject(greet): Inject<Arc<dyn Greet>>, Inject(name): Inject<Arc<str>>) -> String {
    format!("{} {name}", greet.greet())
}

#[tokio::test]
async fn a_handler_gets_fields_by_type() {
    let app = Arc::new(App::builder("ann").build_sync().unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", get(handler)).with_state(app);
    tokio::spawn(async move { axum::serve(listener, router).await });

    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(b"GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut response = String::new();
    connection.read_to_string(&mut response).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 200 OK") && response.ends_with("hello ann"), "{response}");
}
