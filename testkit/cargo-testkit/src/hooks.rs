//! The changes to tokio's source that add the hooks.

use std::fmt;
use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Name of the module with the hooks.
const MODULE: &str = "testkit_hooks";

/// Source of the module with the hooks.
const MODULE_SOURCE: &str = include_str!("../hooks/testkit_hooks.rs");

/// Releases `1.x` of tokio whose source has been checked to take the hooks.
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

/// A call of a hook: replaces a piece of source that occurs exactly once in a file. It adds no line, so that lines in
/// stacks and debug information are those of the original.
struct Edit {
    file: &'static str,
    find: &'static str,
    replace: &'static str,
}

const EDITS: &[Edit] = &[
    Edit {
        file: "task/spawn.rs",
        find: r#"let task = crate::util::trace::task(future, "task", meta, id.as_u64());"#,
        replace: r#"let task = crate::util::trace::task(future, "task", meta, id.as_u64()); let task = match crate::testkit_hooks::spawn(task, id) { Ok(handle) => return handle, Err(task) => task };"#,
    },
    Edit {
        file: "runtime/handle.rs",
        find: "self.inner.spawn(future, id, meta.spawned_at)",
        replace: "match crate::testkit_hooks::spawn(future, id) { Ok(handle) => handle, Err(future) => self.inner.spawn(future, id, meta.spawned_at) }",
    },
    Edit {
        file: "runtime/blocking/pool.rs",
        find: "let id = task::Id::next();",
        replace: "let func = match crate::testkit_hooks::spawn_blocking(func) { Ok(handle) => return (handle, Ok(())), Err(func) => func }; let id = task::Id::next();",
    },
    Edit {
        file: "task/blocking.rs",
        find: "crate::runtime::scheduler::block_in_place(f)",
        replace: "if crate::testkit_hooks::is_simulated() { return f(); } crate::runtime::scheduler::block_in_place(f)",
    },
    Edit {
        file: "runtime/task/join.rs",
        find: "self.raw.remote_abort();",
        replace: "if !crate::testkit_hooks::abort(self.id()) { self.raw.remote_abort(); }",
    },
    Edit {
        file: "runtime/task/abort.rs",
        find: "self.raw.remote_abort();",
        replace: "if !crate::testkit_hooks::abort(self.id()) { self.raw.remote_abort(); }",
    },
    Edit {
        file: "runtime/task/join.rs",
        find: "if ret.is_ready() {",
        replace: "crate::testkit_hooks::joined(self.id(), &ret); if ret.is_ready() {",
    },
    Edit {
        file: "macros/support.rs",
        find: "crate::runtime::context::thread_rng_n(n)",
        replace: r#"#[cfg(feature = "rt")] { if let Some(branch) = crate::testkit_hooks::first_branch(n) { return branch; } } crate::runtime::context::thread_rng_n(n)"#,
    },
    Edit {
        file: "task/local.rs",
        find: "(*ptr).pop_front()",
        replace: "{ let queue = &mut *ptr; queue.remove(crate::testkit_hooks::local_task(queue.len())) }",
    },
    Edit {
        file: "task/local.rs",
        find: "for _ in 0..MAX_TASKS_PER_TICK {",
        replace: "for _ in 0..crate::testkit_hooks::local_tasks_per_tick(MAX_TASKS_PER_TICK) {",
    },
    Edit {
        file: "task/local.rs",
        find: "crate::task::coop::budget(|| task.run())",
        replace: "if crate::testkit_hooks::is_simulated() { task.run() } else { crate::task::coop::budget(|| task.run()) }",
    },
];

/// Adds the hooks to a copy of tokio. `root` is the directory of its `lib.rs`.
pub(crate) fn add_to(root: &Path) -> Result<()> {
    for edit in EDITS {
        edit.apply(root)?;
    }
    write(&root.join(format!("{MODULE}.rs")), MODULE_SOURCE)?;
    let library = root.join("lib.rs");
    let source = read(&library)?;
    write(&library, &format!("{source}\n#[cfg(feature = \"rt\")]\n#[doc(hidden)]\npub mod {MODULE};\n"))
}

impl Edit {
    fn apply(&self, root: &Path) -> Result<()> {
        let path = root.join(self.file);
        let source = read(&path)?;
        let count = source.matches(self.find).count();
        if count != 1 {
            bail!(
                "`src/{}` of this tokio has `{}` {count} times instead of once, so the hooks of `cargo testkit` do not \
                 fit it. They fit unchanged releases of tokio {KnownVersions}",
                self.file,
                self.find
            );
        }
        write(&path, &source.replacen(self.find, self.replace, 1))
    }
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
