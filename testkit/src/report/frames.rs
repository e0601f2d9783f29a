//! Reduces an async stack to the frames of the user's code and the primitive that the task waits in.

use std::fmt;

use crate::executor::{self, POLL_MODULE, is_tokio_scheduling};
use crate::internal::{self, REGISTRY, short_place};
use crate::sim;
use crate::trace::{self, Frame, TaskStack};

/// A frame of the user's code, as a report shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FrameText {
    /// File and line: `file.rs:42`.
    pub(crate) place: String,
    pub(crate) function: String,
}

impl fmt::Display for FrameText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}", self.place, self.function)
    }
}

/// Location at which a task waits.
pub(crate) struct Waiting {
    /// Frames of the user's code, from the innermost await outwards.
    pub(crate) frames: Vec<FrameText>,
    /// Library function in which the innermost frame waits. `None` if it waits in the user's own code.
    pub(crate) primitive: Option<String>,
}

/// Reduces a stack to frames of the user's code. If there are none, because a dependency spawned the task, reduces it to
/// frames of the dependency.
pub(crate) fn waiting(stack: &TaskStack) -> Waiting {
    let waiting = waiting_in(stack, is_foreign);
    if waiting.frames.is_empty() { waiting_in(stack, is_listed_library) } else { waiting }
}

/// Reduces a stack to the frames that are not `omitted`.
fn waiting_in(stack: &TaskStack, omitted: impl Fn(&str, &str) -> bool) -> Waiting {
    let mut frames: Vec<FrameText> = Vec::new();
    let mut primitive = None;
    for frame in &stack.frames {
        let function = path(frame);
        if is_in(&function, POLL_MODULE) {
            // All further frames belong to the executor.
            break;
        }
        if omitted(&frame.file, &function) {
            // Code that a macro expands to has the file of the macro's crate, but a closure path in the user's crate,
            // which does not name a primitive.
            let is_library = LIBRARY_CRATES.contains(&crate_of(&function)) || !frame.function.contains("{{closure}}");
            if frames.is_empty() && is_library && !is_plumbing(&function) {
                primitive = Some(function);
            }
            continue;
        }
        let place = short_place(&frame.file, frame.line);
        let text = FrameText { place, function: function.rsplit("::").next().unwrap_or_default().to_owned() };
        if frames.last() != Some(&text) {
            frames.push(text);
        }
    }
    Waiting { frames, primitive }
}

/// Returns the innermost source line of the user's code in a stack.
pub(crate) fn location(stack: &TaskStack) -> Option<String> {
    let frame = stack.frames.iter().find(|frame| !is_foreign(&frame.file, &path(frame)))?;
    Some(short_place(&frame.file, frame.line))
}

/// Returns the line at which a task waits for a `FuturesUnordered`, if it does.
pub(super) fn unordered_place(stack: &TaskStack) -> Option<String> {
    let is_unordered = |frame: &Frame| path(frame).starts_with("futures_util::stream::futures_unordered::");
    let at = stack.frames.iter().position(is_unordered)?;
    if stack.frames.iter().any(|frame| path(frame).starts_with("di_core::task::join_set::")) {
        return None;
    }
    let frame = stack.frames[at..].iter().find(|frame| !is_foreign(&frame.file, &path(frame)))?;
    Some(short_place(&frame.file, frame.line))
}

/// Library crates. Reports omit their frames, because they are not the user's code.
const LIBRARY_CRATES: [&str; 16] = [
    "core",
    "alloc",
    "std",
    "backtrace",
    "tokio",
    "tokio_util",
    "tokio_stream",
    "futures",
    "futures_util",
    "futures_core",
    "futures_channel",
    "di_core",
    "testkit",
    "fastrand",
    "tracing",
    "async_trait",
];

/// Returns whether a file belongs to the standard library or to a downloaded crate.
pub(super) fn is_library_file(file: &str) -> bool {
    ["/rustc/", REGISTRY, "/rustlib/"].iter().any(|folder| file.contains(folder))
}

/// Returns a place in a library without the directory of the library: `tokio-1.54.1/src/net/udp.rs:171:9`.
pub(super) fn short_library_place(place: &str) -> &str {
    // The directory of a registry and the hash of a compiler each precede the library.
    let after = |folder: &str| place.split_once(folder)?.1.split_once('/').map(|(_, rest)| rest);
    after(REGISTRY).or_else(|| after("/rustc/")).unwrap_or(place)
}

/// Returns whether a function is library code.
pub(super) fn is_foreign(file: &str, function: &str) -> bool {
    // Frames without a Rust file belong to libc, below the thread's first frame.
    !file.ends_with(".rs") || is_library_file(file) || LIBRARY_CRATES.contains(&crate_of(function))
}

/// Returns whether a function belongs to the standard library or to one of the [`LIBRARY_CRATES`].
fn is_listed_library(file: &str, function: &str) -> bool {
    is_foreign(file, function)
        && (!file.contains(REGISTRY) || LIBRARY_CRATES.contains(&crate_of(function)) || module(file).is_some())
}

/// Returns a function's path. If the debug information has only line tables, an inlined function has no path; the path
/// is then derived from the file.
pub(super) fn path(frame: &Frame) -> String {
    let function = readable(&frame.function);
    match module(&frame.file) {
        Some(module) if !function.contains("::") => {
            let whole = [module, function];
            whole.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("::")
        }
        _ => function,
    }
}

/// Returns the module path of a library's file: `tokio::sync::notify` for `../tokio-1.54.1/src/sync/notify.rs`.
fn module(file: &str) -> Option<String> {
    let (package, file) = file.rsplit_once("/src/")?;
    let package = package.rsplit(['/', '\\']).next()?;
    let name = match package.rsplit_once('-') {
        Some((name, version)) if version.starts_with(|digit: char| digit.is_ascii_digit()) => name,
        _ => package,
    };
    let name = name.replace('-', "_");
    LIBRARY_CRATES.contains(&name.as_str()).then(|| {
        let inner = file.strip_suffix(".rs").unwrap_or(file).split('/').filter(|part| !["lib", "mod"].contains(part));
        std::iter::once(name.as_str()).chain(inner).collect::<Vec<_>>().join("::")
    })
}

/// Returns the crate of a function's path: `a` for `<a::B as c::D>::e`.
fn crate_of(function: &str) -> &str {
    let start = function.trim_start_matches(['<', '&', '*', '(']);
    let start = start.strip_prefix("mut ").unwrap_or(start).trim_start_matches("dyn ");
    start.split("::").next().unwrap_or_default()
}

/// Returns whether a function is only an intermediate frame: between a primitive and the waker, or between a primitive
/// and the future that awaits it.
pub(super) fn is_plumbing(function: &str) -> bool {
    let name = crate_of(function);
    let is_std = matches!(name, "core" | "alloc" | "std" | "backtrace");
    // Fakes are not listed: tasks wait in them.
    let is_simulation = PLUMBING.iter().any(|module| is_in(function, module));
    // A join only polls several futures; the task waits further inside.
    let is_join = ["maybe_done::", "future::join", "future::try_join"].iter().any(|part| function.contains(part));
    is_std || is_simulation || is_tokio_scheduling(function) || is_join
}

/// Modules of testkit in which no task waits; fakes and tests call them.
const PLUMBING: [&str; 4] = [sim::MODULE, executor::MODULE, trace::MODULE, internal::MODULE];

/// Returns whether a function belongs to the module with this path.
pub(super) fn is_in(function: &str, module: &str) -> bool {
    let path = function.trim_start_matches('<').strip_prefix(module);
    path.is_some_and(|path| path.starts_with("::"))
}

/// Returns a function's path without generic arguments and closures: `tokio::sync::mpsc::bounded::Sender::send`.
fn readable(function: &str) -> String {
    let function = match function.strip_prefix('<') {
        // `<Type as Trait>::method` is `Type::method`.
        Some(inner) => match split_at_closing(inner) {
            Some((ty, rest)) => format!("{}{rest}", ty.split(" as ").next().unwrap_or(ty)),
            None => function.to_owned(),
        },
        None => function.to_owned(),
    };
    let mut path = String::new();
    let mut depth = 0_u32;
    for character in function.chars() {
        match character {
            '<' => depth += 1,
            '>' if !path.ends_with('-') => depth = depth.saturating_sub(1),
            _ if depth == 0 => path.push(character),
            _ => {}
        }
    }
    // `#[testkit::test]` moves the test's body into the function `__test`, which the user did not write.
    let is_written = |segment: &&str| !segment.is_empty() && !segment.starts_with('{') && *segment != "__test";
    let segments = path.split("::").filter(is_written);
    segments.collect::<Vec<_>>().join("::")
}

/// Splits at the `>` that closes an opened `<`.
fn split_at_closing(text: &str) -> Option<(&str, &str)> {
    let mut depth = 1;
    for (at, character) in text.char_indices() {
        match character {
            '<' => depth += 1,
            '>' if !text[..at].ends_with('-') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[..at], &text[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_derived_from_a_library_file() {
        let tokio = "/home/me/.cargo/registry/src/index-1/tokio-1.54.1/src/sync/mpsc/bounded.rs";
        assert_eq!(module(tokio).as_deref(), Some("tokio::sync::mpsc::bounded"));
        assert_eq!(module("/rustc/5980/library/core/src/future/mod.rs").as_deref(), Some("core::future"));
        assert_eq!(module("testkit/src/executor/execution.rs").as_deref(), Some(POLL_MODULE));
        assert_eq!(module("my-service/src/store.rs"), None);
        let frame = |function: &str, file: &str| path(&Frame { function: function.into(), file: file.into(), line: 1 });
        assert_eq!(frame("{async_fn#0}<u8>", tokio), "tokio::sync::mpsc::bounded");
        assert_eq!(frame("send<u8>", tokio), "tokio::sync::mpsc::bounded::send");
        assert_eq!(frame("app::store::put::{{closure}}", "my-service/src/store.rs"), "app::store::put");
    }

    #[test]
    fn a_readable_path_has_no_generics_or_closures() {
        let send = "tokio::sync::mpsc::bounded::Sender<T>::send::{{closure}}";
        assert_eq!(readable(send), "tokio::sync::mpsc::bounded::Sender::send");
        let poll = "<futures_util::stream::Next<St> as core::future::future::Future>::poll";
        assert_eq!(readable(poll), "futures_util::stream::Next::poll");
        assert_eq!(readable("app::store::put::{{closure}}::{{closure}}"), "app::store::put");
        assert_eq!(readable("app::tests::it_ends::__test::{{closure}}"), "app::tests::it_ends");
        assert_eq!(readable("app::call<fn(u8)>"), "app::call");
    }

    #[test]
    fn a_place_in_a_library_begins_with_the_library() {
        let tokio = "/home/me/.cargo/registry/src/index-1/tokio-1.54.1/src/net/udp.rs:171:9";
        assert_eq!(short_library_place(tokio), "tokio-1.54.1/src/net/udp.rs:171:9");
        assert_eq!(short_library_place("/rustc/5980/library/core/src/cell.rs:1:2"), "library/core/src/cell.rs:1:2");
        assert_eq!(short_library_place("src/main.rs:1:2"), "src/main.rs:1:2");
    }

    #[test]
    fn a_task_of_a_dependency_waits_in_the_dependency() {
        let frame = |function: &str, file: &str| Frame { function: function.into(), file: file.into(), line: 9 };
        let registry = "/home/me/.cargo/registry/src/index-1";
        let recv = frame("tokio::sync::mpsc::Receiver<T>::recv", &format!("{registry}/tokio-1.54.1/src/sync/mpsc.rs"));
        let actor = frame("kameo::actor::run::{{closure}}", &format!("{registry}/kameo-0.22.2/src/actor/spawn.rs"));
        let of_dependency = TaskStack { frames: vec![recv, actor.clone()], ..TaskStack::default() };
        let text = |waiting: &Waiting| waiting.frames.iter().map(ToString::to_string).collect::<Vec<_>>();
        let found = waiting(&of_dependency);
        assert_eq!(text(&found), ["kameo/spawn.rs:9  run"]);
        assert_eq!(found.primitive.as_deref(), Some("tokio::sync::mpsc::Receiver::recv"));
        let ask = frame("app::ask::{{closure}}", "src/main.rs");
        let found = waiting(&TaskStack { frames: vec![actor, ask], ..TaskStack::default() });
        assert_eq!(text(&found), ["main.rs:9  ask"]);
    }

    #[test]
    fn library_code_is_foreign_and_user_code_is_not() {
        assert!(is_foreign("/rustc/abc/library/core/src/x.rs", "core::poll"));
        assert!(is_foreign("src/x.rs", "<tokio::sync::Mutex<T> as Deref>::deref"));
        assert!(!is_foreign("/home/me/app/src/store.rs", "app::store::put::{{closure}}"));
    }
}
