//! Parser for return types that are boxed futures.

use syn::{GenericArgument, Lifetime, PathArguments, Type, TypeParamBound};

use crate::syntax::types::generic_arguments;

/// The type of a boxed future, as written.
pub(crate) struct BoxedFuture {
    pub(crate) output: Type,
    /// The lifetime of the borrows in the future, if written. `None` means that it borrows nothing.
    pub(crate) lifetime: Option<Lifetime>,
    pub(crate) is_send: bool,
}

impl BoxedFuture {
    /// Parses `BoxFuture<T>`, `BoxFuture<'_, T>`, or `Pin<Box<dyn Future<Output = T> + ..>>`.
    pub(super) fn parse(ty: &Type) -> Option<BoxedFuture> {
        let (name, arguments) = generic_arguments(ty)?;
        match name.to_string().as_str() {
            "BoxFuture" | "LocalBoxFuture" => {
                let mut lifetime = None;
                let mut output = None;
                for argument in arguments {
                    match argument {
                        GenericArgument::Lifetime(found) => lifetime = Some(found.clone()),
                        GenericArgument::Type(ty) => output = Some(ty.clone()),
                        _ => return None,
                    }
                }
                Some(BoxedFuture { output: output?, lifetime, is_send: name == "BoxFuture" })
            }
            "Pin" => {
                let [GenericArgument::Type(content)] = arguments[..] else { return None };
                let (name, arguments) = generic_arguments(content)?;
                let [GenericArgument::Type(Type::TraitObject(object))] = arguments[..] else { return None };
                if name != "Box" {
                    return None;
                }
                let (mut lifetime, mut output, mut is_send) = (None, None, false);
                for bound in &object.bounds {
                    match bound {
                        TypeParamBound::Lifetime(found) => lifetime = Some(found.clone()),
                        TypeParamBound::Trait(bound) => {
                            let segment = bound.path.segments.last()?;
                            is_send |= segment.ident == "Send";
                            let PathArguments::AngleBracketed(arguments) = &segment.arguments else { continue };
                            output = arguments.args.iter().find_map(|argument| match argument {
                                GenericArgument::AssocType(found) if found.ident == "Output" => Some(found.ty.clone()),
                                _ => None,
                            });
                        }
                        _ => {}
                    }
                }
                Some(BoxedFuture { output: output?, lifetime, is_send })
            }
            _ => None,
        }
    }

    /// Returns whether the future borrows nothing, not even from `self`.
    pub(crate) fn is_static(&self) -> bool {
        self.lifetime.as_ref().is_none_or(|lifetime| lifetime.ident == "static")
    }
}
