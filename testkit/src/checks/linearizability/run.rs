//! Runs one program in a simulation. Each client is a task, and its operations are recorded.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;

use super::history::History;
use super::model::{Answer, Model};
use super::program::Program;
use crate::internal::lock;
use crate::sim::Sim;

/// History of a run, recorded by its clients.
pub(super) type SharedHistory<M> = Arc<Mutex<History<M>>>;

/// Runs a program on a new component and checks the history.
pub(super) type Body<M> = dyn Fn(Sim, Program<M>, SharedHistory<M>) -> RunFuture + Send + Sync;

type RunFuture = Pin<Box<dyn Future<Output = Result<(), &'static str>>>>;

/// Returns the body that creates components with `make` and calls them with `call`.
pub(super) fn body<M, C, R, A>(
    make: impl Fn(Sim, M::State) -> R + Send + Sync + 'static,
    call: impl Fn(C, M::Transition) -> A + Send + Sync + 'static,
    timeout: Option<Duration>,
) -> Arc<Body<M>>
where
    M: Model,
    C: Clone + Send + 'static,
    R: Future<Output = C> + 'static,
    A: Future<Output: Into<Answer<M::Response>>> + Send + 'static,
{
    let call = Arc::new(call);
    Arc::new(move |sim, program, history| {
        let made = make(sim, program.initial);
        let call = call.clone();
        Box::pin(async move {
            let component = made.await;
            let client = |name: &str| Client {
                name: name.to_owned(),
                component: component.clone(),
                call: call.clone(),
                history: history.clone(),
                timeout,
            };
            client("main").perform(program.before).await;
            // The channel closes once all clients have ended. They are not joined, so a panic is reported for the
            // client.
            let (running, mut ended) = mpsc::channel::<Infallible>(1);
            for (number, operations) in (1..).zip(program.clients) {
                let (name, running) = (format!("client {number}"), running.clone());
                let performing = client(&name).perform(operations);
                sim.spawn(&name, async move {
                    performing.await;
                    drop(running);
                });
            }
            drop(running);
            ended.recv().await;
            client("main").perform(program.after).await;
            // The report shows the history itself.
            lock(&history).check().map_err(|_| "the history is not linearizable")
        })
    })
}

/// A client of a component.
struct Client<M: Model, C, F> {
    name: String,
    component: C,
    call: Arc<F>,
    history: SharedHistory<M>,
    timeout: Option<Duration>,
}

impl<M, C, F, A> Client<M, C, F>
where
    M: Model,
    C: Clone,
    F: Fn(C, M::Transition) -> A,
    A: Future<Output: Into<Answer<M::Response>>>,
{
    /// Calls the operations one after another.
    async fn perform(self, operations: Vec<M::Transition>) {
        for operation in operations {
            // Let other tasks run between two operations, even if the component needs only one poll for both.
            tokio::task::yield_now().await;
            let call = lock(&self.history).call(&self.name, operation.clone());
            let answering = (self.call)(self.component.clone(), operation);
            let answer = match self.timeout {
                None => answering.await.into(),
                Some(limit) => tokio::time::timeout(limit, answering).await.map_or(Answer::Unknown, Into::into),
            };
            lock(&self.history).ended(call, answer);
        }
    }
}
