//! An async stack, as its reader wants it: the frames of his own code, and the primitive that it waits in.

use crate::executor::{self, POLL_MODULE};
use crate::internal::{self, file_name};
use crate::sim;
use crate::trace::{Frame, TaskStack};

/// Where a task waits.
pub(crate) struct Waiting {
    /// `file.rs:42  function`, from the innermost await outwards.
    pub(crate) frames: Vec<(String, String)>,
    /// What the innermost of them called, if that is not the reader's own code.
    pub(crate) primitive: Option<String>,
}

/// The stack without what is not the reader's.
pub(crate) fn waiting(stack: &TaskStack) -> Waiting {
    let mut frames: Vec<(String, String)> = Vec::new();
    let mut primitive = None;
    for frame in &stack.frames {
        let function = path(frame);
        if is_in(&function, POLL_MODULE) {
            // Behind this, nothing is the task's.
            break;
        }
        if is_foreign(&frame.file, &function) {
            // A macro's code has the file of its crate, and the path of the reader's, which tells nothing.
            let is_of_library = CRATES.contains(&crate_of(&function)) || !frame.function.contains("{{closure}}");
            if frames.is_empty() && is_of_library && !is_plumbing(&function) {
                primitive = Some(function);
            }
            continue;
        }
        let name = function.rsplit("::").next().unwrap_or_default().to_owned();
        let place = format!("{}:{}", file_name(&frame.file), frame.line);
        if frames.last() != Some(&(place.clone(), name.clone())) {
            frames.push((place, name));
        }
    }
    Waiting { frames, primitive }
}

/// The reader's innermost source line of a stack.
pub(crate) fn location(stack: &TaskStack) -> Option<String> {
    let frame = stack.frames.iter().find(|frame| !is_foreign(&frame.file, &path(frame)))?;
    Some(format!("{}:{}", file_name(&frame.file), frame.line))
}

/// Crates that a stack goes through and that nobody debugs in a test of his own.
const CRATES: [&str; 17] = [
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
    "turmoil_net",
    "async_trait",
];

fn is_foreign(file: &str, function: &str) -> bool {
    // What is in no Rust is of libc, below the thread's first frame.
    !file.ends_with(".rs")
        || ["/rustc/", "/.cargo/registry/", "/rustlib/"].iter().any(|folder| file.contains(folder))
        || CRATES.contains(&crate_of(function))
}

/// A function's path. Line tables alone do not have that of an inlined one: then it is what its file tells.
fn path(frame: &Frame) -> String {
    let function = readable(&frame.function);
    match module(&frame.file) {
        Some(module) if !function.contains("::") => {
            let whole = [module, function];
            whole.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("::")
        }
        _ => function,
    }
}

/// The module that a file of a library holds: of `../tokio-1.54.1/src/sync/notify.rs`, `tokio::sync::notify`.
fn module(file: &str) -> Option<String> {
    let (package, file) = file.rsplit_once("/src/")?;
    let package = package.rsplit(['/', '\\']).next()?;
    let name = match package.rsplit_once('-') {
        Some((name, version)) if version.starts_with(|digit: char| digit.is_ascii_digit()) => name,
        _ => package,
    };
    let name = name.replace('-', "_");
    CRATES.contains(&name.as_str()).then(|| {
        let inner = file.strip_suffix(".rs").unwrap_or(file).split('/').filter(|part| !["lib", "mod"].contains(part));
        std::iter::once(name.as_str()).chain(inner).collect::<Vec<_>>().join("::")
    })
}

/// The crate of a function's path: of `<a::B as c::D>::e`, `a`.
fn crate_of(function: &str) -> &str {
    let start = function.trim_start_matches(['<', '&', '*', '(']);
    let start = start.strip_prefix("mut ").unwrap_or(start).trim_start_matches("dyn ");
    start.split("::").next().unwrap_or_default()
}

/// What stands between a primitive and the waker, and what between one and the future that awaits it.
fn is_plumbing(function: &str) -> bool {
    let name = crate_of(function);
    let is_of_ours = matches!(name, "core" | "alloc" | "std" | "backtrace");
    // A fake is what a task waits in.
    let is_of_simulation = PLUMBING.iter().any(|module| is_in(function, module));
    let is_of_coop = function.contains("tokio::task::coop") || function.contains("tokio::runtime::context");
    // Who polls several together: what he waits for is further inside.
    let is_of_join = ["maybe_done::", "future::join", "future::try_join"].iter().any(|part| function.contains(part));
    is_of_ours || is_of_simulation || is_of_coop || is_of_join
}

/// Modules of testkit that no task waits in: a fake or a test calls them.
const PLUMBING: [&str; 3] = [sim::MODULE, executor::MODULE, internal::MODULE];

/// Whether a function belongs to a module, given by its path.
fn is_in(function: &str, module: &str) -> bool {
    let path = function.trim_start_matches('<').strip_prefix(module);
    path.is_some_and(|path| path.starts_with("::"))
}

/// A function's path without generic arguments and closures: `tokio::sync::mpsc::bounded::Sender::send`.
fn readable(function: &str) -> String {
    let function = match function.strip_prefix('<') {
        // `<Type as Trait>::method` is `Type::method`.
        Some(inner) => match matching(inner) {
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
    // `#[testkit::test]` has the test's body in a function of its own, which its reader has not written.
    let is_own = |segment: &&str| !segment.is_empty() && !segment.starts_with('{') && *segment != "__test";
    let segments = path.split("::").filter(is_own);
    segments.collect::<Vec<_>>().join("::")
}

/// What stands before the `>` that closes, and what behind it.
fn matching(text: &str) -> Option<(&str, &str)> {
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
    fn a_file_of_a_library_tells_its_module() {
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
    fn a_path_is_read_without_its_generics() {
        let send = "tokio::sync::mpsc::bounded::Sender<T>::send::{{closure}}";
        assert_eq!(readable(send), "tokio::sync::mpsc::bounded::Sender::send");
        let poll = "<futures_util::stream::Next<St> as core::future::future::Future>::poll";
        assert_eq!(readable(poll), "futures_util::stream::Next::poll");
        assert_eq!(readable("app::store::put::{{closure}}::{{closure}}"), "app::store::put");
        assert_eq!(readable("app::tests::it_ends::__test::{{closure}}"), "app::tests::it_ends");
        assert_eq!(readable("app::call<fn(u8)>"), "app::call");
    }

    #[test]
    fn a_reader_is_shown_his_own_code() {
        assert!(is_foreign("/rustc/abc/library/core/src/x.rs", "core::poll"));
        assert!(is_foreign("src/x.rs", "<tokio::sync::Mutex<T> as Deref>::deref"));
        assert!(!is_foreign("/home/me/app/src/store.rs", "app::store::put::{{closure}}"));
    }
}
