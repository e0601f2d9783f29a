//! `select!` with a first branch that a simulation can choose.

/// Waits on several branches, as `tokio::select!` does.
///
/// In production this is tokio's macro with tokio's random start. In a simulation of `testkit` the schedule chooses the
/// branch that is polled first, and the choice is explored, replayed and shrunk.
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
    () => { $crate::codegen::tokio::select!() };
    (biased; $($branches:tt)*) => { $crate::codegen::tokio::select!(biased; $($branches)*) };
    (else => $($handler:tt)*) => { $crate::codegen::tokio::select!(else => $($handler)*) };
    // The internal form of tokio's macro, with another start. `tests/runtime/select.rs` verifies that it still works.
    ($pattern:pat = $($branches:tt)*) => {
        $crate::codegen::tokio::select!(
            @{ start = { $crate::codegen::select_start(BRANCHES) }; () } $pattern = $($branches)*
        )
    };
}
