//! Dependency injection by generics: it works, and spreads over all that stands above.
//!
//! Barbara wants a test to replace the hosts, the clock and the metrics. A trait for each, a type parameter for each: that is how
//! libraries do it, it costs nothing at run time, and a mock is one more type.
//!
//! But parameters go up. Who has a `Replicator<H, C>` has its parameters and its bounds, and his own on top; so does each handler
//! and each test, although they use none of them. One dependency more at the bottom changed forty signatures.
//!
//! What shows it: the signature of a handler, and the types that it is called with. What mends it: the wiring stands in one place,
//! a container, whose fields are `Arc<dyn Trait>` where something may be replaced. A virtual call takes a nanosecond or two, which
//! is nothing beside a disk; and a test replaces what it wants to in a line.

use std::any::type_name_of_val;
use std::sync::Arc;

use di_core::{Component, Container};

use crate::{Chapter, Source, Verdict};

/// The chapter.
pub const CHAPTER: Chapter = Chapter {
    name: "generics",
    pitfall: "a new dependency changes forty signatures: each is a type parameter of all that stands above it",
    mend: "A container has the wiring; what can be replaced is an `Arc<dyn Trait>`, which a test overrides in a line.",
    source: Source { file: file!(), text: include_str!("generics.rs") },
    uncompiled: None,
    wrong: by_parameters,
    right: by_container,
};

trait Hosts: Send + Sync {
    fn store(&self, shard: &str) -> String;
}

trait Clock: Send + Sync {
    fn hour(&self) -> u32;
}

mod wrong {
    use super::*;

    pub(super) struct Replicator<H, C> {
        pub(super) hosts: H,
        pub(super) clock: C,
    }

    impl<H: Hosts, C: Clock> Replicator<H, C> {
        fn put(&self, shard: &str) -> String {
            format!("{} at {} o'clock", self.hosts.store(shard), self.clock.hour())
        }
    }

    pub(super) struct Service<H, C> {
        pub(super) replicator: Replicator<H, C>,
    }

    pub(super) fn handle<H: Hosts, C: Clock>(service: &Service<H, C>, shard: &str) -> String {
        service.replicator.put(shard)
    }
}

mod right {
    use super::*;

    #[derive(Component)]
    pub(super) struct Replicator {
        hosts: Arc<dyn Hosts>,
        clock: Arc<dyn Clock>,
    }

    impl Replicator {
        fn put(&self, shard: &str) -> String {
            format!("{} at {} o'clock", self.hosts.store(shard), self.clock.hour())
        }
    }

    #[derive(Component)]
    pub(super) struct Service {
        replicator: Arc<Replicator>,
    }

    pub(super) fn handle(service: &Service, shard: &str) -> String {
        service.replicator.put(shard)
    }

    #[derive(Container)]
    pub(super) struct App {
        #[component(Disks)]
        hosts: Arc<dyn Hosts>,
        #[component(SystemClock)]
        clock: Arc<dyn Clock>,
        #[component]
        replicator: Arc<Replicator>,
        #[component]
        pub(super) service: Arc<Service>,
    }
}

#[derive(Component)]
struct Disks;

#[derive(Component)]
struct SystemClock;

struct FrozenClock;

impl Hosts for Disks {
    fn store(&self, shard: &str) -> String {
        format!("{shard} is stored")
    }
}

impl Clock for SystemClock {
    fn hour(&self) -> u32 {
        9
    }
}

impl Clock for FrozenClock {
    fn hour(&self) -> u32 {
        3
    }
}

fn by_parameters() -> Verdict {
    let service = wrong::Service { replicator: wrong::Replicator { hosts: Disks, clock: SystemClock } };
    let tested = wrong::Service { replicator: wrong::Replicator { hosts: Disks, clock: FrozenClock } };
    let answers = [wrong::handle(&service, "a"), wrong::handle(&tested, "a")];
    Verdict::wrong(told("fn handle<", &[type_name_of_val(&service), type_name_of_val(&tested)], &answers))
}

fn by_container() -> Verdict {
    let app = right::App::builder().build_sync().expect("no constructor of it fails");
    let tested = right::App::builder().with_clock(Arc::new(FrozenClock)).build_sync().expect("nor here");
    let answers = [right::handle(&app.service, "a"), right::handle(&tested.service, "a")];
    let types = [type_name_of_val(&*app.service), type_name_of_val(&*tested.service)];
    Verdict::right(told("fn handle(", &types, &answers))
}

/// A handler's signature as it stands here, and what it is called with in production and in a test.
fn told(signature: &str, types: &[&str; 2], answers: &[String; 2]) -> String {
    let lines = CHAPTER.source.text.lines().map(str::trim);
    let handler = lines.filter_map(|line| line.strip_prefix("pub(super) ")).find(|line| line.starts_with(signature));
    let [in_production, in_a_test] = types.map(|ty| ty.replace(concat!(module_path!(), "::"), ""));
    format!(
        "a handler:      {}\nin production:  {}, which answers: {}\nin a test:      {}, which answers: {}\n",
        handler.unwrap_or(signature).trim_end_matches(" {"),
        in_production.replace("wrong::", "").replace("right::", ""),
        answers[0],
        in_a_test.replace("wrong::", "").replace("right::", ""),
        answers[1],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_do_the_same() {
        let answers = |verdict: Verdict| -> Vec<String> {
            let text = verdict.to_string();
            text.lines().filter_map(|line| Some(line.split_once("answers: ")?.1.to_owned())).collect()
        };
        assert_eq!(answers(by_parameters()), answers(by_container()));
        assert_eq!(answers(by_container()), ["a is stored at 9 o'clock", "a is stored at 3 o'clock"]);
    }

    #[test]
    fn a_mock_is_in_the_type_of_the_service_or_not() {
        assert!(by_parameters().to_string().contains("Service<Disks, FrozenClock>"));
        assert!(!by_container().to_string().contains("FrozenClock"));
    }
}
