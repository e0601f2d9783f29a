use std::sync::Arc;

/// What a module of shaku has, for a field `#[shaku(module)]`.
#[cfg(feature = "shaku")]
pub fn from_shaku<M: shaku::HasComponent<I>, I: shaku::Interface + ?Sized>(module: &M) -> Arc<I> {
    module.resolve()
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
