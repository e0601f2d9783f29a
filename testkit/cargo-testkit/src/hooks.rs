//! The changes to tokio's source that add the hooks.

use std::fmt;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::RangeInclusive;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// File of the module with the hooks, within tokio's sources.
pub(crate) const MODULE_FILE: &str = "testkit_hooks.rs";

/// Source of the module with the hooks.
const MODULE_SOURCE: &str = include_str!("../hooks/testkit_hooks.rs");

/// Releases `1.x` of tokio that are known to take the hooks.
const KNOWN_MINORS: RangeInclusive<u64> = 47..=54;

/// The known versions of tokio, as messages name them.
pub(crate) struct KnownVersions;

impl KnownVersions {
    pub(crate) fn contain(major: u64, minor: u64) -> bool {
        major == 1 && KNOWN_MINORS.contains(&minor)
    }
}

impl fmt::Display for KnownVersions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "1.{} to 1.{}", KNOWN_MINORS.start(), KNOWN_MINORS.end())
    }
}

/// Calls of a hook: replaces a piece of source wherever it occurs in a file. It adds no line, so that lines in stacks
/// and debug information are those of the original.
#[derive(Hash)]
struct Edit {
    file: &'static str,
    /// The piece, as the known versions have it. Exactly one form must occur.
    find: &'static [&'static str],
    /// How often it must occur. Another number means that this tokio is not one of the known versions.
    count: usize,
    /// The replacement. `$0` stands for the piece.
    replace: &'static str,
}

const EDITS: &[Edit] = &[
    Edit {
        file: "task/spawn.rs",
        find: &[r#"let task = crate::util::trace::task(future, "task", meta, id.as_u64());"#],
        count: 1,
        replace: "$0 let task = match crate::testkit_hooks::spawn(task, id) { Ok(handle) => return handle, Err(task) => task };",
    },
    Edit {
        file: "runtime/handle.rs",
        find: &["self.inner.spawn(future, id, meta.spawned_at)"],
        count: 1,
        replace: "match crate::testkit_hooks::spawn(future, id) { Ok(handle) => handle, Err(future) => $0 }",
    },
    Edit {
        file: "runtime/blocking/pool.rs",
        find: &["let id = task::Id::next();"],
        count: 1,
        replace: "let func = match crate::testkit_hooks::spawn_blocking(func) { Ok(handle) => return (handle, Ok(())), Err(func) => func }; $0",
    },
    // The worker threads of a runtime that the code under test creates do not count as blocking work.
    Edit {
        file: "runtime/scheduler/multi_thread/worker.rs",
        find: &["runtime::spawn_blocking(move || run(worker));"],
        count: 2,
        replace: "crate::testkit_hooks::outside(|| runtime::spawn_blocking(move || run(worker)));",
    },
    Edit {
        file: "task/blocking.rs",
        find: &["crate::runtime::scheduler::block_in_place(f)"],
        count: 1,
        replace: "if crate::testkit_hooks::is_simulated() { return f(); } $0",
    },
    Edit {
        file: "runtime/task/join.rs",
        find: &["self.raw.remote_abort();"],
        count: 1,
        replace: "if !crate::testkit_hooks::abort(self.id()) { $0 }",
    },
    Edit {
        file: "runtime/task/abort.rs",
        find: &["self.raw.remote_abort();"],
        count: 1,
        replace: "if !crate::testkit_hooks::abort(self.id()) { $0 }",
    },
    Edit {
        file: "runtime/task/join.rs",
        find: &["if ret.is_ready() {"],
        count: 1,
        replace: "crate::testkit_hooks::joined(self.id(), &ret); $0",
    },
    Edit {
        file: "macros/support.rs",
        find: &["crate::runtime::context::thread_rng_n(n)"],
        count: 1,
        replace: r#"#[cfg(feature = "rt")] { if let Some(branch) = crate::testkit_hooks::first_branch(n) { return branch; } } $0"#,
    },
    Edit {
        file: "task/local.rs",
        find: &["(*ptr).pop_front()"],
        count: 1,
        replace: "{ let queue = &mut *ptr; queue.remove(crate::testkit_hooks::local_task(queue.len())) }",
    },
    Edit {
        file: "task/local.rs",
        find: &["for _ in 0..MAX_TASKS_PER_TICK {"],
        count: 1,
        replace: "for _ in 0..crate::testkit_hooks::local_tasks_per_tick(MAX_TASKS_PER_TICK) {",
    },
    Edit {
        file: "task/local.rs",
        find: &["crate::task::coop::budget(|| task.run())"],
        count: 1,
        replace: "if crate::testkit_hooks::is_simulated() { task.run() } else { $0 }",
    },
    // Some versions check the budget only after they took the permits.
    Edit {
        file: "sync/batch_semaphore.rs",
        find: &["let (node, semaphore, needed, queued) = self.project();"],
        count: 1,
        replace: r#"#[cfg(feature = "rt")] { std::task::ready!(crate::testkit_hooks::before_operation(cx)); } $0"#,
    },
    // The receivers of a `watch` are woken in a random order. In a simulation, they share one queue.
    Edit {
        file: "sync/watch.rs",
        find: &["crate::runtime::context::thread_rng_n(8)"],
        count: 1,
        replace: r#"{ #[cfg(feature = "rt")] let is_simulated = crate::testkit_hooks::is_simulated(); #[cfg(not(feature = "rt"))] let is_simulated = false; if is_simulated { 0 } else { $0 } }"#,
    },
    // Reports name the holders of locks and permits.
    Edit {
        file: "sync/batch_semaphore.rs",
        find: &[
            "semaphore.poll_acquire(cx, needed, node, *queued)",
            "semaphore.poll_acquire(cx, needed, node, queued)",
        ],
        count: 1,
        replace: r#"{ let result = $0; #[cfg(feature = "rt")] { crate::testkit_hooks::acquiring(semaphore as *const Semaphore as usize, needed as usize, matches!(result, Poll::Ready(Ok(_)))); } result }"#,
    },
    Edit {
        file: "sync/batch_semaphore.rs",
        find: &["// TODO: Instrument once issue has been solved"],
        count: 1,
        replace: r#"#[cfg(feature = "rt")] { crate::testkit_hooks::acquiring(self as *const Self as usize, num_permits >> Self::PERMIT_SHIFT, true); }"#,
    },
    Edit {
        file: "sync/batch_semaphore.rs",
        find: &["pub(crate) fn release(&self, added: usize) {"],
        count: 1,
        replace: r#"$0 #[cfg(feature = "rt")] { crate::testkit_hooks::released(self as *const Self as usize, added); }"#,
    },
    // No version checks the budget here.
    Edit {
        file: "sync/notify.rs",
        find: &["self.poll_notified(Some(cx))", "self.poll_notified(Some(cx.waker()))"],
        count: 2,
        replace: r#"#[cfg(feature = "rt")] { std::task::ready!(crate::testkit_hooks::before_operation(cx)); } $0"#,
    },
];

/// Returns a number that differs for different hooks.
pub(crate) fn fingerprint() -> u64 {
    let mut hasher = DefaultHasher::new();
    (MODULE_SOURCE, EDITS).hash(&mut hasher);
    hasher.finish()
}

/// Adds the hooks to a copy of tokio. `root` is the directory of its `lib.rs`.
pub(crate) fn add_to(root: &Path) -> Result<()> {
    for edit in EDITS {
        edit.apply(root)?;
    }
    write(&root.join(MODULE_FILE), MODULE_SOURCE)?;
    let library = root.join("lib.rs");
    let source = read(&library)?;
    write(&library, &format!("{source}\n#[cfg(feature = \"rt\")]\n#[doc(hidden)]\npub mod testkit_hooks;\n"))
}

impl Edit {
    fn apply(&self, root: &Path) -> Result<()> {
        let path = root.join(self.file);
        let source = read(&path)?;
        let mut found = self.find.iter().filter(|piece| source.contains(**piece));
        let (Some(piece), None) = (found.next(), found.next()) else { bail!(self.mismatch()) };
        if source.matches(piece).count() != self.count {
            bail!(self.mismatch());
        }
        write(&path, &source.replace(*piece, &self.replace.replace("$0", piece)))
    }

    fn mismatch(&self) -> String {
        let Edit { file, find, .. } = self;
        format!(
            "the hooks of `cargo testkit` do not fit this tokio: its `src/{file}` does not have `{}` as often as \
             expected. They fit releases {KnownVersions}, also with changes elsewhere",
            find[0]
        )
    }
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
