/// What a constructor says of itself: what it needs, whether it is async, and whether what it makes has hooks.
#[derive(Clone, Copy, Debug)]
pub struct Constructor {
    dependencies: &'static [usize],
    is_async: bool,
    has_hooks: bool,
    refusal: Option<&'static str>,
}

impl Constructor {
    /// A sync one of what has no hooks. `dependencies` are indexes of nodes, in the order of its parameters.
    pub const fn new(dependencies: &'static [usize]) -> Self {
        Constructor { dependencies, is_async: false, has_hooks: false, refusal: None }
    }

    /// The same, but async if `is_async`.
    pub const fn with_async(mut self, is_async: bool) -> Self {
        self.is_async = is_async;
        self
    }

    /// The same, of what has hooks.
    pub const fn with_hooks(mut self) -> Self {
        self.has_hooks = true;
        self
    }

    /// The same, of what a container cannot have, if there is a `refusal` that says why: it is then a compile error in
    /// `#[component(..)]` and `#[decorate(..)]`.
    pub const fn refused(mut self, refusal: Option<&'static str>) -> Self {
        self.refusal = refusal;
        self
    }

    /// Indexes of the nodes that its parameters come from, in their order, into [`Graph::nodes`](super::Graph::nodes).
    pub const fn dependencies(&self) -> &'static [usize] {
        self.dependencies
    }

    /// Whether it has to be awaited.
    pub const fn is_async(&self) -> bool {
        self.is_async
    }

    /// Whether what it makes has `#[start]`, `#[run]` or `#[stop]` hooks.
    pub const fn has_hooks(&self) -> bool {
        self.has_hooks
    }
}

/// Fails to compile where a constructor is refused. Called once a component, spanned on its type.
#[doc(hidden)]
#[track_caller]
pub const fn check_not_refused(constructor: Constructor) {
    if let Some(refusal) = constructor.refusal {
        panic!("{}", refusal);
    }
}
