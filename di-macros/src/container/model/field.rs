//! A field of a container with its attributes.

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Type, Visibility};

use super::{Mistake, RequiredType, Source, setter_name, wrapper_name};
use crate::container::arguments::Arguments;
use crate::container::attr::{self, Decorate};
use crate::container::choose::Alternative;
use crate::syntax::errors::Errors;
use crate::syntax::source_text::source_text;
use crate::syntax::types::{arc_content, has_trait_object, shared_content, type_arguments, untagged};

/// A field of a container.
pub(crate) struct Field {
    pub(crate) name: Ident,
    /// The type, without the `Option` of a field with `#[if_needed]`.
    pub(crate) ty: Type,
    /// The type in the source code.
    pub(crate) type_text: String,
    pub(crate) docs: Vec<Attribute>,
    /// Whether the field is declared with a visibility, such as `pub`.
    pub(crate) is_visible: bool,
    /// Whether the field is `pub`.
    pub(crate) is_public: bool,
    pub(crate) source: Source,
    /// The timeout and the named parameters of the constructor.
    pub(crate) arguments: Arguments,
    pub(crate) decorate: Option<Decorate>,
    /// Whether the field is built only if another one needs it.
    pub(crate) is_if_needed: bool,
    /// An earlier field with the same type text. The compiler detects equal types that are written differently.
    pub(crate) duplicate_of: Option<Ident>,
}

impl Field {
    /// Reads a field, except for `duplicate_of`. Adds the errors of invalid attributes to `errors`.
    pub(super) fn new(name: &Ident, field: &syn::Field, errors: &mut Errors) -> Field {
        let is_if_needed = errors.keep(attr::is_if_needed(field)).unwrap_or_default();
        let content = type_arguments(&field.ty, "Option").filter(|_| is_if_needed);
        let ty = content.as_deref().and_then(|content| content.first().copied()).unwrap_or(&field.ty);
        let (mut source, arguments) = Source::new(field, ty, errors);
        if is_if_needed && matches!(source, Source::Input { .. } | Source::Absent) {
            source = Source::Invalid(Mistake::NeverBuilt);
        } else if is_if_needed && content.is_none() && !matches!(source, Source::Invalid(_)) {
            source = Source::Invalid(Mistake::WrongType(RequiredType::IfNeeded));
        }
        Field {
            name: name.clone(),
            ty: ty.clone(),
            type_text: source_text(ty),
            docs: field.attrs.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect(),
            is_visible: !matches!(field.vis, Visibility::Inherited),
            is_public: matches!(field.vis, Visibility::Public(_)),
            source,
            arguments,
            decorate: errors.keep(attr::decorate(field)).flatten(),
            // Without the `Option`, which is reported, the field is like any other.
            is_if_needed: is_if_needed && content.is_some(),
            duplicate_of: None,
        }
    }

    /// The decorators, innermost first.
    pub(crate) fn decorators(&self) -> &[Type] {
        self.decorate.as_ref().map_or(&[], |decorate| &decorate.decorators)
    }

    /// The alternatives of a choice.
    pub(crate) fn alternatives(&self) -> &[Alternative] {
        match &self.source {
            Source::Choose(choose) => &choose.alternatives,
            _ => &[],
        }
    }

    /// The stage of the last node, which holds the finished value.
    pub(crate) fn last_stage(&self) -> usize {
        self.alternatives().len() + self.decorators().len()
    }

    /// Returns `T` if the field's type is `Arc<T>`.
    pub(crate) fn arc_content(&self) -> Option<&Type> {
        arc_content(&self.ty)
    }

    /// The tag of a field of type `Tagged<Tag, T>`, as written.
    pub(crate) fn tag(&self) -> Option<String> {
        match type_arguments(&self.ty, "Tagged")?[..] {
            [tag, _] => Some(source_text(tag)),
            _ => None,
        }
    }

    /// The type without its outer `Tagged`s.
    pub(crate) fn untagged(&self) -> &Type {
        untagged(&self.ty)
    }

    pub(crate) fn is_input(&self) -> bool {
        matches!(self.source, Source::Input { .. })
    }

    pub(crate) fn is_module(&self) -> bool {
        matches!(self.source, Source::Module { .. })
    }

    /// The type of a provided component or of an input, if it may have hooks: any type in an `Arc` but a trait object.
    pub(crate) fn hooked(&self) -> Option<&Type> {
        let content = match &self.source {
            Source::Provide(_) => shared_content(&self.ty)?,
            Source::Input { may_have_hooks: true } => shared_content(&self.ty).unwrap_or(&self.ty),
            _ => return None,
        };
        (!has_trait_object(content)).then_some(content)
    }

    /// Removes the named parameters, which are invalid.
    pub(crate) fn forget_named_parameters(&mut self) {
        self.arguments.named.clear();
        if let Some(decorate) = &mut self.decorate {
            decorate.named.iter_mut().for_each(Vec::clear);
        }
        if let Source::Choose(choose) = &mut self.source {
            choose.alternatives.iter_mut().for_each(|alternative| alternative.named.clear());
        }
    }

    /// The name of the setter, such as `with_clock`.
    pub(crate) fn setter(&self) -> Ident {
        setter_name(&self.name)
    }

    /// The name of the method that wraps the field, such as `wrap_clock`.
    pub(crate) fn wrapper(&self) -> Ident {
        wrapper_name(&self.name)
    }

    /// The name of the hidden field that holds a module's overrides until the module is built.
    pub(crate) fn module_overrides(&self) -> Ident {
        format_ident!("__overrides_of_{}", self.name.unraw())
    }

    /// The span for errors about the field's source.
    pub(crate) fn source_span(&self) -> Span {
        match &self.source {
            Source::Component(ty) => ty.span(),
            Source::Provide(provide) => provide.span(),
            Source::Choose(choose) => choose.path.span(),
            Source::Alias { target } => target.span(),
            Source::Import { module } | Source::Shaku { module, .. } => module.span(),
            Source::Collect { members } => members.first().map_or(self.name.span(), |member| member.field.span()),
            Source::Lazy { component, .. } | Source::Factory { component, .. } => component.span(),
            Source::Module { container } => container.span(),
            Source::Input { .. } | Source::Absent | Source::Invalid(_) => self.name.span(),
        }
    }
}
