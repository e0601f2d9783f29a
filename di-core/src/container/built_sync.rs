//! Bound that makes `build_sync` fail to compile if a constructor is async.

/// Marks everything that `build_sync` can construct. The lifetime defers the check to the call of `build_sync`.
#[diagnostic::on_unimplemented(
    message = "`build_sync` cannot build this container, because `{Self}` is constructed by an `async fn`",
    label = "cannot be called: `{Self}` has to be awaited",
    note = "call `.build().await` instead, or make the constructor of `{Self}` a plain `fn`"
)]
pub trait BuiltSync<'call> {}

/// Represents a container without async constructors.
#[doc(hidden)]
pub struct AllSync;

impl BuiltSync<'_> for AllSync {}
