use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Shutdown;
use crate::{BoxError, BoxFuture, Constructor, ConstructorError, Graph};

/// The hooks of a component, as `#[component]` finds them on its methods.
///
/// Each is there or not; a component without any does not implement this.
pub trait Lifecycle: Send + Sync + 'static {
    /// `#[start]`: called once all that the component depends on has started.
    fn start(self: Arc<Self>) -> Option<BoxFuture<Result<(), BoxError>>> {
        None
    }

    /// `#[run]`: a task that runs from when all has started until shutdown is requested, or until it is done.
    fn run(self: Arc<Self>, shutdown: Shutdown) -> Option<BoxFuture<Result<(), BoxError>>> {
        _ = shutdown;
        None
    }

    /// `#[stop]`: called once all that depends on the component has stopped, and its own `#[run]` task has ended.
    fn stop(self: Arc<Self>) -> Option<BoxFuture<Result<(), BoxError>>> {
        None
    }

    /// How long a hook may take, if it says so: `#[stop(timeout = "5s")]`.
    fn timeout(&self, hook: Hook) -> Option<Duration> {
        _ = hook;
        None
    }
}

/// A hook of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hook {
    /// `#[start]`
    Start,
    /// `#[run]`
    Run,
    /// `#[stop]`
    Stop,
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Hook::Start => "#[start]",
            Hook::Run => "#[run]",
            Hook::Stop => "#[stop]",
        })
    }
}

/// What a hook may return: nothing, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "a hook must return nothing or `Result<(), E>`, not `{Self}`",
    label = "returns `{Self}`"
)]
pub trait HookOutcome {
    /// Success, or the error in a box that remembers its type.
    ///
    /// # Errors
    /// The hook's own error.
    fn into_hook_result(self) -> Result<(), BoxError>;
}

impl HookOutcome for () {
    fn into_hook_result(self) -> Result<(), BoxError> {
        Ok(())
    }
}

impl<E: ConstructorError> HookOutcome for Result<(), E> {
    fn into_hook_result(self) -> Result<(), BoxError> {
        self.map_err(ConstructorError::into_box)
    }
}

/// The result of a hook, for generated code.
#[doc(hidden)]
pub fn hook_result<R: HookOutcome>(returned: R) -> Result<(), BoxError> {
    returned.into_hook_result()
}

/// The hooks of what a container has built, each with its node.
#[doc(hidden)]
#[derive(Default)]
pub struct Hooks(#[cfg_attr(not(feature = "tokio"), allow(dead_code))] pub(super) Vec<(usize, Hooked)>);

/// The hooks of a module's components.
#[doc(hidden)]
#[cfg_attr(not(feature = "tokio"), allow(dead_code))]
pub struct ModuleHooks {
    pub(crate) graph: &'static Graph,
    pub(crate) hooks: Hooks,
}

/// What has hooks.
#[cfg_attr(not(feature = "tokio"), allow(dead_code))]
pub(super) enum Hooked {
    Component(Arc<dyn Lifecycle>),
    Module(ModuleHooks),
}

impl Hooks {
    /// The hooks of a component.
    pub fn add(&mut self, node: usize, component: Arc<dyn Lifecycle>) {
        self.0.push((node, Hooked::Component(component)));
    }

    /// The hooks of a module.
    pub fn add_module(&mut self, node: usize, module: ModuleHooks) {
        if !module.hooks.0.is_empty() {
            self.0.push((node, Hooked::Module(module)));
        }
    }
}

/// Fails to compile where a component with hooks is in a field that runs none.
#[doc(hidden)]
#[track_caller]
pub const fn check_no_hooks(constructor: Constructor, is_lazy: bool) {
    let has_hooks = constructor.has_hooks();
    if has_hooks && is_lazy {
        panic!(
            "a lazy component cannot have `#[start]`, `#[run]` or `#[stop]`, since the container may end before it begins"
        );
    }
    if has_hooks {
        panic!("a component with `#[start]`, `#[run]` or `#[stop]` is shared with its hooks: make the field an `Arc`");
    }
}
