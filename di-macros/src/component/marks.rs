//! The attributes of parameters, which are ours and mean nothing to the compiler.

use syn::{Attribute, FnArg, Signature};

use super::model::Form;

/// What an attribute marks a parameter as.
pub(super) fn form(attribute: &Attribute) -> Option<Form> {
    if attribute.path().is_ident("inner") {
        Some(Form::Inner)
    } else if attribute.path().is_ident("assisted") {
        Some(Form::Assisted)
    } else {
        None
    }
}

/// What the first marked parameter of some functions is marked as.
pub(super) fn purpose<'a>(signatures: impl IntoIterator<Item = &'a Signature>) -> Option<Form> {
    let inputs = signatures.into_iter().flat_map(|signature| &signature.inputs);
    inputs.filter_map(super::typed).flat_map(|(attributes, _)| attributes).find_map(form)
}

/// Takes the attributes off the parameters.
pub(super) fn remove(signature: &mut Signature) {
    for input in &mut signature.inputs {
        if let FnArg::Typed(typed) = input {
            typed.attrs.retain(|attribute| form(attribute).is_none());
        }
    }
}
