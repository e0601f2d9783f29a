//! Whether tokio has the hooks of `cargo testkit`.

/// Returns whether `cargo testkit` compiled tokio, with the hooks by which a simulation runs what `tokio::spawn` spawns.
///
/// Without the hooks, such tasks run in a simulation too, but in tokio's own order, which is not explored. A test that
/// relies on their order being explored can ask for it:
///
/// ```
/// if !testkit::has_tokio_hooks() {
///     println!("run this test with `cargo testkit test`");
/// }
/// ```
pub const fn has_tokio_hooks() -> bool {
    cfg!(testkit_tokio_hooks)
}
