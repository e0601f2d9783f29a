//! Compile-time facts about a constructor, which the macros pass to the graph.

/// Properties of a constructor: its dependencies, whether it is async, and whether its component has hooks.
#[derive(Clone, Copy, Debug)]
pub struct Constructor {
    dependencies: &'static [usize],
    /// The name of the parameter for each dependency. Empty if they are not known.
    names: &'static [&'static str],
    is_async: bool,
    has_hooks: bool,
    returns_arc: bool,
    refusal: Option<&'static str>,
}

impl Constructor {
    /// Describes a sync constructor, with a component without hooks. `dependencies` are node indexes, in the order of
    /// the parameters.
    pub const fn new(dependencies: &'static [usize]) -> Self {
        Constructor { dependencies, names: &[], is_async: false, has_hooks: false, returns_arc: false, refusal: None }
    }

    /// Sets the names of the parameters, one for each dependency.
    #[doc(hidden)]
    pub const fn with_names(mut self, names: &'static [&'static str]) -> Self {
        self.names = names;
        self
    }

    /// Returns the names of the parameters, one for each dependency. Empty if they are not known.
    pub(super) const fn names(&self) -> &'static [&'static str] {
        self.names
    }

    /// Sets whether the constructor is async.
    pub const fn with_async(mut self, is_async: bool) -> Self {
        self.is_async = is_async;
        self
    }

    /// Marks the component as one with hooks.
    pub const fn with_hooks(self) -> Self {
        self.with_hooks_if(true)
    }

    /// Sets whether the component has hooks.
    #[doc(hidden)]
    pub const fn with_hooks_if(mut self, has_hooks: bool) -> Self {
        self.has_hooks = has_hooks;
        self
    }

    /// Marks the constructor as one that returns an `Arc` of the component.
    #[doc(hidden)]
    pub const fn with_arc(mut self) -> Self {
        self.returns_arc = true;
        self
    }

    /// Sets the reason why a container rejects the component, if it does. `#[component(..)]` and `#[decorate(..)]` then
    /// fail to compile with this message.
    pub const fn refused(mut self, refusal: Option<&'static str>) -> Self {
        self.refusal = refusal;
        self
    }

    /// Returns the node indexes of the parameters in [`Graph::nodes`](super::Graph::nodes), in order of the parameters.
    pub const fn dependencies(&self) -> &'static [usize] {
        self.dependencies
    }

    /// Returns whether the constructor is async.
    pub const fn is_async(&self) -> bool {
        self.is_async
    }

    /// Returns whether the constructor returns an `Arc` of the component.
    pub(crate) const fn returns_arc(&self) -> bool {
        self.returns_arc
    }

    /// Returns whether the component has `#[start]`, `#[run]` or `#[stop]` hooks.
    pub const fn has_hooks(&self) -> bool {
        self.has_hooks
    }
}

/// Fails to compile if a constructor is rejected. Called once for each component, with the span of its type.
#[doc(hidden)]
#[track_caller]
pub const fn check_not_refused(constructor: Constructor) {
    if let Some(refusal) = constructor.refusal {
        panic!("{}", refusal);
    }
}
