use std::sync::Arc;

/// What a module of shaku has, for a field `#[shaku(module)]`.
#[cfg(feature = "shaku")]
pub fn from_shaku<M: ShakuModule<I>, I: ?Sized>(module: &M) -> Arc<I> {
    module.resolved()
}

/// A module of shaku that has a component of the interface `I`: `HasComponent`, with a message of ours where it has not.
#[cfg(feature = "shaku")]
#[diagnostic::on_unimplemented(
    message = "the shaku module `{Self}` has no component for `{I}`",
    label = "has no component for `{I}`",
    note = "add one to the module's `components`, or make the field by `#[component(..)]` or `#[provide(..)]`"
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

/// Without the feature, `#[shaku(module)]` says so.
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
