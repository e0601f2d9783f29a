//! An `impl` block with its constructors and hooks.

use syn::{ImplItem, ImplItemFn, ItemImpl, Path, Type};

use super::{Function, Hook};
use crate::component::attr;
use crate::syntax::errors::Errors;

/// An `impl` block with `#[component]`.
pub(crate) struct ComponentImpl {
    pub(crate) self_type: Type,
    /// The trait of an `impl Trait for Type`.
    pub(crate) trait_path: Option<Path>,
    /// The functions marked `#[constructor]`; without any, those called `new`.
    pub(crate) constructors: Vec<Function>,
    pub(crate) hooks: Vec<Hook>,
}

impl ComponentImpl {
    /// Reads the block, and removes the attributes that the compiler would reject as unknown.
    ///
    /// If the attribute of a hook cannot be parsed, skips the hook and adds the error to `hook_errors`.
    pub(crate) fn take(block: &mut ItemImpl, hook_errors: &mut Errors) -> ComponentImpl {
        let self_type = (*block.self_ty).clone();
        let functions = block.items.iter_mut().filter_map(|item| match item {
            ImplItem::Fn(function) => Some(function),
            _ => None,
        });
        let mut hooks = Vec::new();
        let (mut marked, mut named_new): (Vec<&mut ImplItemFn>, Vec<&mut ImplItemFn>) = Default::default();
        for function in functions {
            hooks.extend(Hook::take(function, hook_errors));
            if attr::take_constructor(&mut function.attrs) {
                marked.push(function);
            } else if function.sig.ident == "new" {
                named_new.push(function);
            }
        }
        let candidates = if marked.is_empty() { named_new } else { marked };
        let read = |function: &mut ImplItemFn| {
            let constructor = Function::associated(&self_type, function);
            attr::remove_marks(&mut function.sig);
            constructor
        };
        let constructors = candidates.into_iter().map(read).collect();
        let trait_path = block.trait_.as_ref().map(|(path, _)| path.clone());
        ComponentImpl { self_type, trait_path, constructors, hooks }
    }
}
