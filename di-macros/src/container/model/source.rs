//! The attribute that defines how a field is made, combined with the field's type.

use proc_macro2::Ident;
use syn::{Attribute, Type};

use crate::container::arguments::Arguments;
use crate::container::attr::{self, SourceAttribute};
use crate::container::choose::Choose;
use crate::container::member::Member;
use crate::container::provide::Provide;
use crate::syntax::errors::Errors;
use crate::syntax::types::{arc_content, component_type, type_arguments, ungrouped, untagged};

/// The source of a field's value, as its attribute defines it.
pub(crate) enum Source {
    Input {
        /// False if another host calls the hooks of the value.
        may_have_hooks: bool,
    },
    Absent,
    Component(Type),
    Provide(Provide),
    Choose(Choose),
    Alias {
        target: Ident,
    },
    Module {
        /// The type of the module, without the wrappers of the field's type.
        container: Box<Type>,
    },
    Import {
        module: Ident,
    },
    Shaku {
        module: Ident,
        interface: Box<Type>,
    },
    Collect {
        members: Vec<Member>,
    },
    Lazy {
        component: Type,
        /// `T` of the field's `Lazy<T>` or `SyncLazy<T>`.
        target: Box<Type>,
        is_sync: bool,
    },
    Factory {
        component: Type,
        arguments: Box<Type>,
        /// `T` of the field's `Factory<_, T>` or another factory.
        target: Box<Type>,
        is_sync: bool,
        /// Whether the caller gets a `Box` instead of an `Arc`.
        is_boxed: bool,
    },
    Invalid(Mistake),
}

/// The reason why a source is invalid.
pub(crate) enum Mistake {
    /// An error was reported, or the compiler will report one.
    Reported,
    /// No attribute defines the source.
    Missing,
    /// Two attributes define the source.
    Ambiguous { first: Box<Attribute>, second: Box<Attribute> },
    /// `#[component]` without a type, on a trait object.
    BareTraitObject(Box<Attribute>),
    /// The attribute requires a type that the field does not have.
    WrongType(RequiredType),
    /// `#[if_needed]` on a field that is not built.
    NeverBuilt,
}

/// The type that an attribute requires of its field.
pub(crate) enum RequiredType {
    /// An `Option<T>`, for `#[absent]`.
    Option,
    /// An `Option<T>`, for `#[if_needed]`.
    IfNeeded,
    /// A `Vec<T>`, for `#[collect(..)]`.
    Vec,
    /// A `BTreeMap<K, T>` or a `HashMap<K, T>`, for `#[collect("key" = ..)]`.
    Map,
    /// An `Arc<T>`, for `#[shaku(..)]`.
    Arc,
    /// A `Lazy<T>` or a `SyncLazy<T>`, for `#[lazy(..)]`.
    Lazy,
    /// A `Factory<(A,), T>` or another factory, for `#[factory(..)]`.
    Factory,
}

impl Source {
    /// Reads the attributes of a field. Adds the errors of invalid ones to `errors`.
    ///
    /// `ty` is the type of the field, without the `Option` of `#[if_needed]`.
    pub(super) fn new(field: &syn::Field, ty: &Type, errors: &mut Errors) -> (Source, Arguments) {
        let mut sources = attr::sources(field);
        let (first, second) = (sources.next(), sources.next());
        let mistake = match (first, second) {
            (None, _) if attr::has_misspelled_source(field) => Mistake::Reported,
            (None, _) => Mistake::Missing,
            (Some(first), Some(second)) => {
                Mistake::Ambiguous { first: Box::new(first.clone()), second: Box::new(second.clone()) }
            }
            (Some(attribute), None) => match SourceAttribute::parse(attribute, errors) {
                Some((parsed, arguments)) => {
                    let source = Source::parsed(parsed, attribute, ty).unwrap_or_else(Source::Invalid);
                    return (source, arguments);
                }
                None => Mistake::Reported,
            },
        };
        (Source::Invalid(mistake), Arguments::default())
    }

    fn parsed(parsed: SourceAttribute, attribute: &Attribute, ty: &Type) -> Result<Source, Mistake> {
        let content = untagged(ty);
        Ok(match parsed {
            SourceAttribute::Input { may_have_hooks } => Source::Input { may_have_hooks },
            SourceAttribute::Absent => {
                type_arguments(content, "Option").ok_or(Mistake::WrongType(RequiredType::Option))?;
                Source::Absent
            }
            SourceAttribute::Module => {
                let container = arc_content(content).unwrap_or(content);
                Source::Module { container: Box::new(container.clone()) }
            }
            SourceAttribute::Component(Some(component)) => Source::Component(component),
            SourceAttribute::Component(None) => match ungrouped(component_type(ty)) {
                Type::TraitObject(_) => return Err(Mistake::BareTraitObject(Box::new(attribute.clone()))),
                _ => Source::Component(component_type(ty).clone()),
            },
            SourceAttribute::Provide(provide) => Source::Provide(provide),
            SourceAttribute::Choose(choose) => Source::Choose(choose),
            SourceAttribute::Alias(target) => Source::Alias { target },
            SourceAttribute::Import(module) => Source::Import { module },
            SourceAttribute::Shaku(module) => {
                let interface = arc_content(content).ok_or(Mistake::WrongType(RequiredType::Arc))?;
                Source::Shaku { module, interface: Box::new(interface.clone()) }
            }
            SourceAttribute::Collect(members) => {
                let has_keys = members.iter().any(|member| member.key.is_some());
                let names: &[&str] = if has_keys { &["BTreeMap", "HashMap"] } else { &["Vec"] };
                if !names.iter().any(|name| type_arguments(content, name).is_some()) {
                    return Err(Mistake::WrongType(if has_keys { RequiredType::Map } else { RequiredType::Vec }));
                }
                Source::Collect { members }
            }
            SourceAttribute::Lazy(component) => {
                Source::lazy(component, content).ok_or(Mistake::WrongType(RequiredType::Lazy))?
            }
            SourceAttribute::Factory(component) => {
                Source::factory(component, content).ok_or(Mistake::WrongType(RequiredType::Factory))?
            }
        })
    }

    /// Reads a lazy component. `ty` is the type of its field, without tags.
    fn lazy(component: Type, ty: &Type) -> Option<Source> {
        for (wrapper, is_sync) in [("Lazy", false), ("SyncLazy", true)] {
            if let Some([target]) = type_arguments(ty, wrapper).as_deref() {
                return Some(Source::Lazy { component, target: Box::new((*target).clone()), is_sync });
            }
        }
        None
    }

    /// Reads a factory. `ty` is the type of its field, without tags.
    fn factory(component: Type, ty: &Type) -> Option<Source> {
        const WRAPPERS: [(&str, bool, bool); 4] = [
            ("Factory", false, false),
            ("SyncFactory", true, false),
            ("BoxFactory", false, true),
            ("SyncBoxFactory", true, true),
        ];
        for (wrapper, is_sync, is_boxed) in WRAPPERS {
            if let Some([arguments @ Type::Tuple(_), target]) = type_arguments(ty, wrapper).as_deref() {
                let (arguments, target) = (Box::new((*arguments).clone()), Box::new((*target).clone()));
                return Some(Source::Factory { component, arguments, target, is_sync, is_boxed });
            }
        }
        None
    }
}
