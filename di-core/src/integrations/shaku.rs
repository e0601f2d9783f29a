//! Fields that come from a shaku module.

use std::sync::Arc;

/// Returns a component of a shaku module, for a field `#[shaku(module)]`.
#[cfg(feature = "shaku")]
pub fn from_shaku<M: ShakuModule<I>, I: ?Sized>(module: &M) -> Arc<I> {
    module.resolved()
}

/// A shaku module with a component for the interface `I`. Like `HasComponent`, with our own error message.
#[cfg(feature = "shaku")]
#[diagnostic::on_unimplemented(
    message = "the shaku module `{Self}` has no component for `{I}`",
    label = "has no component for `{I}`",
    note = "add one to the module's `components`, or make the field with `#[component(..)]` or `#[provide(..)]`"
)]
pub trait ShakuModule<I: ?Sized> {
    fn resolved(&self) -> Arc<I>;
}

#[cfg(feature = "shaku")]
#[diagnostic::do_not_recommend]
impl<M: shaku::HasComponent<I>, I: shaku::Interface + ?Sized> ShakuModule<I> for M {
    fn resolved(&self) -> Arc<I> {
        self.resolve()
    }
}

/// Without the feature, `#[shaku(module)]` is an error that names the feature.
#[cfg(not(feature = "shaku"))]
pub fn from_shaku<M: ShakuFeature, I: ?Sized>(_: &M) -> Arc<I> {
    unreachable!("this does not compile")
}

#[cfg(not(feature = "shaku"))]
#[diagnostic::on_unimplemented(
    message = "`#[shaku(..)]` needs the feature `shaku` of `di-core`",
    label = "not without the feature",
    note = "in Cargo.toml: `di-core = {{ .., features = [\"shaku\"] }}`"
)]
pub trait ShakuFeature {}
