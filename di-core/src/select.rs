use std::sync::OnceLock;

/// Where `select!` starts, inside of a simulation.
static START: OnceLock<fn(u32) -> Option<u32>> = OnceLock::new();

/// Has `choose` decide where [`select!`](crate::select) starts, wherever it returns a branch. For executors of tests; set
/// once a process.
#[doc(hidden)]
pub fn set_select_start(choose: fn(u32) -> Option<u32>) {
    _ = START.set(choose);
}

/// The branch that is polled first, of `branches`.
#[doc(hidden)]
pub fn select_start(branches: u32) -> u32 {
    let chosen = START.get().and_then(|choose| choose(branches));
    chosen.unwrap_or_else(|| tokio::macros::support::thread_rng_n(branches))
}

/// `tokio::select!`, but inside a simulation of `testkit` the schedule chooses which branch is polled first, so that it is
/// explored, replayed and shrunk. In production it is tokio's own, with tokio's random start.
///
/// ```
/// use std::time::Duration;
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// let first = di_core::select! {
///     () = tokio::time::sleep(Duration::from_secs(1)) => "sleep",
///     answer = async { "answer" } => answer,
/// };
/// assert_eq!(first, "answer");
/// # });
/// ```
#[macro_export]
macro_rules! select {
    () => { $crate::__private::tokio::select!() };
    (biased; $($branches:tt)*) => { $crate::__private::tokio::select!(biased; $($branches)*) };
    (else => $($handler:tt)*) => { $crate::__private::tokio::select!(else => $($handler)*) };
    // The form that tokio's macro comes to by itself, with its own start replaced. `tests/select.rs` pins it.
    ($pattern:pat = $($branches:tt)*) => {
        $crate::__private::tokio::select!(
            @{ start = { $crate::__private::select_start(BRANCHES) }; () } $pattern = $($branches)*
        )
    };
}
