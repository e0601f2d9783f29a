//! Constructors: functions of an `impl` block, providers, and structs that are built field by field.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::{
    Attribute, Fields, FnArg, GenericArgument, ImplItemFn, ItemFn, Member, Pat, Result, ReturnType, Signature, Type,
};

use super::{FieldKey, Parameter, ParameterKind};
use crate::component::attr::{self, DefaultValue};
use crate::syntax::source_text::source_text;
use crate::syntax::types::{arc_content, generic_arguments};

/// The code that makes a value from its dependencies.
pub(crate) struct Constructor {
    pub(crate) body: Body,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) is_async: bool,
    /// The return type as written; `Self` for a struct.
    pub(crate) returned: Type,
    /// The span for errors about the constructor as a whole.
    pub(crate) span: Span,
}

/// The expression that a constructor evaluates.
pub(crate) enum Body {
    /// A call of an associated function, `<Type>::name(..)`.
    AssociatedFunction { self_type: Box<Type>, name: Ident },
    /// A call of a free function, `name(..)`.
    Function { name: Ident },
    /// A struct expression, `Self { .. }`.
    Struct(Vec<FieldInit>),
}

/// A field of a struct expression.
pub(crate) struct FieldInit {
    pub(crate) member: Member,
    pub(crate) ty: Type,
    pub(crate) value: FieldValue,
}

/// The value of a field of a struct expression.
pub(crate) enum FieldValue {
    /// The parameter at this index.
    Parameter(usize),
    Default(DefaultValue),
}

/// A function that is used as a constructor or provider.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    /// The signature as written, with the marks of its parameters.
    pub(crate) signature: Signature,
    pub(crate) constructor: Constructor,
}

impl Function {
    /// Reads a function of an `impl` block.
    pub(crate) fn associated(self_type: &Type, function: &ImplItemFn) -> Function {
        let name = function.sig.ident.clone();
        let self_type = Box::new(self_type.clone());
        Function::new(Body::AssociatedFunction { self_type, name }, &function.attrs, &function.sig)
    }

    /// Reads a function outside an `impl` block.
    pub(crate) fn free(function: &ItemFn) -> Function {
        Function::new(Body::Function { name: function.sig.ident.clone() }, &function.attrs, &function.sig)
    }

    fn new(body: Body, attributes: &[Attribute], signature: &Signature) -> Function {
        let parameters = signature.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(typed) => Some(Parameter::new(&parameter_name(&typed.pat), &typed.attrs, &typed.ty)),
            FnArg::Receiver(_) => None,
        });
        let constructor = Constructor {
            body,
            parameters: parameters.collect(),
            is_async: signature.asyncness.is_some(),
            returned: match &signature.output {
                ReturnType::Type(_, returned) => (**returned).clone(),
                ReturnType::Default => syn::parse_quote!(()),
            },
            span: signature.ident.span(),
        };
        Function { attributes: attributes.to_vec(), signature: signature.clone(), constructor }
    }
}

impl Constructor {
    /// Reads the fields of a struct as the parameters of a constructor that assigns them.
    ///
    /// # Errors
    /// Returns an error if a `#[default]` cannot be parsed.
    pub(crate) fn from_fields(name: &Ident, fields: &Fields) -> Result<Constructor> {
        let mut parameters = Vec::new();
        let mut inits = Vec::new();
        for (field, member) in fields.iter().zip(fields.members()) {
            let value = match attr::default_value(&field.attrs)? {
                Some(value) => FieldValue::Default(value),
                None => {
                    let name = field.ident.as_ref().map(|name| name.unraw().to_string()).unwrap_or_default();
                    parameters.push(Parameter::new(&name, &field.attrs, &field.ty));
                    FieldValue::Parameter(parameters.len() - 1)
                }
            };
            inits.push(FieldInit { member, ty: field.ty.clone(), value });
        }
        Ok(Constructor {
            body: Body::Struct(inits),
            parameters,
            is_async: false,
            returned: syn::parse_quote!(Self),
            span: name.span(),
        })
    }

    /// Returns whether the constructor returns an `Arc` of the component, or a `Result` of that.
    pub(crate) fn returns_arc(&self, self_type: &Type) -> bool {
        let is_arc = |ty: &Type| arc_content(ty).is_some_and(|content| is_self(content, self_type));
        let in_result = || {
            let Some((_, arguments)) = generic_arguments(&self.returned) else { return false };
            matches!(arguments.first(), Some(GenericArgument::Type(ty)) if is_arc(ty))
        };
        is_arc(&self.returned) || in_result()
    }

    /// The type that a decorator decorates.
    pub(crate) fn inner(&self) -> Option<&Type> {
        self.parameters.iter().find(|parameter| parameter.kind == ParameterKind::Inner).map(|inner| inner.key.ty())
    }

    /// The types of a factory's arguments.
    pub(crate) fn assisted(&self) -> Vec<&Type> {
        let assisted = self.parameters.iter().filter(|parameter| parameter.kind == ParameterKind::Assisted);
        assisted.map(|parameter| parameter.key.ty()).collect()
    }

    /// The names of the parameters that are looked up in the container.
    pub(crate) fn dependency_names(&self) -> impl Iterator<Item = &str> {
        self.dependency_parameters().map(|parameter| &*parameter.name)
    }

    /// The keys of the parameters that are looked up in the container.
    pub(crate) fn dependencies(&self) -> impl Iterator<Item = &FieldKey> {
        self.dependency_parameters().map(|parameter| &parameter.key)
    }

    fn dependency_parameters(&self) -> impl Iterator<Item = &Parameter> {
        let is_dependency =
            |parameter: &&Parameter| !matches!(parameter.kind, ParameterKind::Inner | ParameterKind::Assisted);
        self.parameters.iter().filter(is_dependency)
    }
}

/// Returns the name of a parameter. Empty for a pattern.
fn parameter_name(pattern: &Pat) -> String {
    match pattern {
        Pat::Ident(pattern) => pattern.ident.unraw().to_string(),
        _ => String::new(),
    }
}

/// Returns whether a type is the component.
pub(crate) fn is_self(ty: &Type, self_type: &Type) -> bool {
    let text = source_text(ty);
    text == "Self" || text == source_text(self_type)
}
