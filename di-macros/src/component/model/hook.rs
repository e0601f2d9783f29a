//! Methods that a host calls when it starts, runs or stops a component, and a scope when it ends.

use syn::{Attribute, FnArg, ImplItemFn, ReceiverKind, ReturnType, Signature, Type};

use crate::component::attr::{self, HookArguments, HookKind};
use crate::syntax::attributes::take_attribute;
use crate::syntax::errors::Errors;
use crate::syntax::types::arc_content;

/// A method marked `#[start]`, `#[run]`, `#[stop]`, `#[commit]` or `#[rollback]`.
pub(crate) struct Hook {
    pub(crate) kind: HookKind,
    pub(crate) attribute: Attribute,
    pub(crate) signature: Signature,
    /// The `#[cfg]`s of the method. They also apply to the generated code that calls it.
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) arguments: HookArguments,
}

impl Hook {
    /// Removes the hook attributes of a method and parses them. Adds the errors of invalid ones to `errors`.
    pub(crate) fn take(method: &mut ImplItemFn, errors: &mut Errors) -> Vec<Hook> {
        let mut hooks = Vec::new();
        for kind in HookKind::ALL {
            let Some(attribute) = take_attribute(&mut method.attrs, kind.name()) else { continue };
            if let Some(arguments) = errors.keep(attr::hook_arguments(kind, &attribute)) {
                let cfgs = method.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect();
                hooks.push(Hook { kind, attribute, signature: method.sig.clone(), cfgs, arguments });
            }
        }
        hooks
    }

    pub(crate) fn is_async(&self) -> bool {
        self.signature.asyncness.is_some()
    }

    /// Returns whether the hook takes `self: Arc<Self>`.
    pub(crate) fn takes_arc(&self) -> bool {
        self.signature.receiver().is_some_and(|receiver| match &receiver.kind {
            ReceiverKind::Typed(_, ty) => arc_content(ty).is_some(),
            _ => false,
        })
    }

    /// The parameters after `self`.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &FnArg> {
        self.signature.inputs.iter().skip(1)
    }

    pub(crate) fn takes_shutdown(&self) -> bool {
        self.parameters().next().is_some()
    }

    /// The return type; `()` if none is written.
    pub(crate) fn returned(&self) -> Type {
        match &self.signature.output {
            ReturnType::Type(_, ty) => (**ty).clone(),
            ReturnType::Default => syn::parse_quote!(()),
        }
    }
}
