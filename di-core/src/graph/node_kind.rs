//! The ways to make a field, one for each attribute.

use std::fmt;

/// Kind of a field: how it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NodeKind {
    /// `#[input]`: supplied by the caller.
    Input,
    /// `#[component]`: created by its constructor.
    Component,
    /// `#[provide]`: returned by a function.
    Provider,
    /// `#[choose]`: one of several components, chosen when the container is built.
    Choice,
    /// `#[alias]`: a view of another field.
    Alias,
    /// `#[decorate]`: a component around another.
    Decorator,
    /// `#[module]`: a nested container.
    Module,
    /// `#[import]`: a field of a module, or of the container around a scope.
    Import,
    /// `#[collect]`: a list of other fields.
    Collect,
    /// `#[lazy]`: a component that is constructed on first use.
    Lazy,
    /// `#[factory]`: a component that is created from arguments on each call.
    Factory,
    /// `#[absent]`: nothing, unless overridden.
    Absent,
    /// The field's attribute is wrong, and the crate does not compile.
    #[doc(hidden)]
    Unknown,
}

impl NodeKind {
    /// Returns the kind as a lower-case word.
    pub const fn as_str(self) -> &'static str {
        match self {
            NodeKind::Input => "input",
            NodeKind::Component => "component",
            NodeKind::Provider => "provider",
            NodeKind::Choice => "choice",
            NodeKind::Alias => "alias",
            NodeKind::Decorator => "decorator",
            NodeKind::Module => "module",
            NodeKind::Import => "import",
            NodeKind::Collect => "collect",
            NodeKind::Lazy => "lazy",
            NodeKind::Factory => "factory",
            NodeKind::Absent => "absent",
            NodeKind::Unknown => "unknown",
        }
    }
}

impl fmt::Display for NodeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
