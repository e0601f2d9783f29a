//! Dependency injection with generics: it works, but the type parameters spread to every caller.
//!
//! Barbara wants to replace the hosts, the clock and the metrics in tests. A trait and a type parameter for each will
//! do: libraries work like this, there is no cost at run time, and a mock is just another type.
//!
//! But type parameters propagate upwards. A type that contains a `Replicator<H, C>` repeats its parameters and bounds,
//! and adds its own. So does each handler and each test, even if it uses none of them. One new dependency at the bottom
//! changed forty signatures.
//!
//! Detection: compare the signature of a handler, and the types that it is called with.
//!
//! Fix: keep the wiring in one place, a container, where each replaceable part is an `Arc<dyn Trait>` field. A virtual
//! call takes a nanosecond or two, which is nothing compared to a disk access. A test overrides a field in one line.

use std::any::type_name_of_val;
use std::sync::Arc;

use di_core::{Component, Container};

use crate::{Chapter, Report, Source};

/// Entry of this chapter in [`CHAPTERS`](crate::CHAPTERS).
pub const CHAPTER: Chapter = Chapter {
    name: "generics",
    pitfall: "a new dependency changes forty signatures: it is a type parameter of everything above it",
    fix: "Wire it in a container. Replaceable parts are `Arc<dyn Trait>` fields, which a test overrides in one line.",
    source: Source { file: file!(), text: include_str!("generics.rs") },
    uncompiled: None,
    run_wrong: with_type_parameters,
    run_fixed: with_container,
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

mod fixed {
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

fn with_type_parameters() -> Report {
    let service = wrong::Service { replicator: wrong::Replicator { hosts: Disks, clock: SystemClock } };
    let tested = wrong::Service { replicator: wrong::Replicator { hosts: Disks, clock: FrozenClock } };
    let answers = [wrong::handle(&service, "a"), wrong::handle(&tested, "a")];
    Report::failed(describe("fn handle<", &[type_name_of_val(&service), type_name_of_val(&tested)], &answers))
}

fn with_container() -> Report {
    let app = fixed::App::builder().build_sync().expect("no constructor fails");
    let tested = fixed::App::builder().with_clock(Arc::new(FrozenClock)).build_sync().expect("no constructor fails");
    let answers = [fixed::handle(&app.service, "a"), fixed::handle(&tested.service, "a")];
    let types = [type_name_of_val(&*app.service), type_name_of_val(&*tested.service)];
    Report::passed(describe("fn handle(", &types, &answers))
}

/// Describes the signature of a handler, and the types that it is called with in production and in a test.
fn describe(signature: &str, types: &[&str; 2], answers: &[String; 2]) -> String {
    let lines = CHAPTER.source.text.lines().map(str::trim);
    let handler = lines.filter_map(|line| line.strip_prefix("pub(super) ")).find(|line| line.starts_with(signature));
    let [in_production, in_a_test] = types.map(|ty| ty.replace(concat!(module_path!(), "::"), ""));
    format!(
        "handler:        {}\nin production:  {}, returns: {}\nin a test:      {}, returns: {}\n",
        handler.unwrap_or(signature).trim_end_matches(" {"),
        in_production.replace("wrong::", "").replace("fixed::", ""),
        answers[0],
        in_a_test.replace("wrong::", "").replace("fixed::", ""),
        answers[1],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_return_the_same() {
        let answers = |report: Report| -> Vec<String> {
            let text = report.to_string();
            text.lines().filter_map(|line| Some(line.split_once("returns: ")?.1.to_owned())).collect()
        };
        assert_eq!(answers(with_type_parameters()), answers(with_container()));
        assert_eq!(answers(with_container()), ["a is stored at 9 o'clock", "a is stored at 3 o'clock"]);
    }

    #[test]
    fn only_type_parameters_put_the_mock_into_the_type_of_the_service() {
        assert!(with_type_parameters().to_string().contains("Service<Disks, FrozenClock>"));
        assert!(!with_container().to_string().contains("FrozenClock"));
    }
}
