//! Methods that the host calls when it starts, runs or stops a component.

use syn::{Attribute, FnArg, ImplItemFn, ReturnType, Signature, Type};

use crate::component::attr::{self, HookKind};
use crate::syntax::attributes::take_attribute;
use crate::syntax::errors::Errors;

/// A method marked `#[start]`, `#[run]` or `#[stop]`.
pub(crate) struct Hook {
    pub(crate) kind: HookKind,
    pub(crate) attribute: Attribute,
    pub(crate) signature: Signature,
    pub(crate) timeout_ms: Option<u64>,
}

impl Hook {
    /// Removes the hook attributes of a method and parses them. Adds the errors of invalid ones to `errors`.
    pub(crate) fn take(method: &mut ImplItemFn, errors: &mut Errors) -> Vec<Hook> {
        let mut hooks = Vec::new();
        for kind in HookKind::ALL {
            let Some(attribute) = take_attribute(&mut method.attrs, kind.name()) else { continue };
            if let Some(timeout_ms) = errors.keep(attr::hook_timeout(kind, &attribute)) {
                hooks.push(Hook { kind, attribute, signature: method.sig.clone(), timeout_ms });
            }
        }
        hooks
    }

    pub(crate) fn is_async(&self) -> bool {
        self.signature.asyncness.is_some()
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
