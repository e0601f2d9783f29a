//! The component of random graphs: each hook does what its case says, and records it.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use di_core::host::{Hook, Lifecycle};
use di_core::{BoxError, BoxFuture, Shutdown};

use crate::case::Act;
use crate::world::World;

pub(crate) struct Part {
    index: usize,
    world: Arc<World>,
}

async fn act(act: Act, shutdown: Option<Shutdown>) -> Result<(), BoxError> {
    let sleep = async |time: Duration| {
        if !time.is_zero() {
            tokio::time::sleep(time).await
        }
    };
    match act {
        Act::Return(time) => sleep(time).await,
        Act::Fail(time) => {
            sleep(time).await;
            return Err(io::Error::other("on purpose").into());
        }
        Act::Panic => panic!("on purpose"),
        Act::Hang => pending().await,
        Act::Obey(time) => {
            if let Some(shutdown) = shutdown {
                shutdown.requested().await;
            }
            sleep(time).await;
        }
    }
    Ok(())
}

impl Part {
    pub(crate) async fn new(index: usize, world: Arc<World>) -> Result<Part, BoxError> {
        act(world.behavior(index).construct, None).await?;
        Ok(Part { index, world })
    }

    fn hook(self: Arc<Self>, hook: Hook, what: Act, shutdown: Option<Shutdown>) -> BoxFuture<Result<(), BoxError>> {
        Box::pin(async move {
            let running = self.world.begin(self.index, hook);
            let result = act(what, shutdown).await;
            running.finish(result.is_ok());
            result
        })
    }
}

impl Lifecycle for Part {
    fn start(self: Arc<Self>) -> Option<BoxFuture<Result<(), BoxError>>> {
        let what = self.world.behavior(self.index).start;
        Some(self.hook(Hook::Start, what, None))
    }

    fn run(self: Arc<Self>, shutdown: Shutdown) -> Option<BoxFuture<Result<(), BoxError>>> {
        let what = self.world.behavior(self.index).run;
        Some(self.hook(Hook::Run, what, Some(shutdown)))
    }

    fn stop(self: Arc<Self>) -> Option<BoxFuture<Result<(), BoxError>>> {
        let what = self.world.behavior(self.index).stop;
        Some(self.hook(Hook::Stop, what, None))
    }

    fn runs_forever(&self) -> bool {
        self.world.behavior(self.index).is_forever
    }
}
