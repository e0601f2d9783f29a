//! The argument of `#[provide(..)]`, in its four forms.

use proc_macro2::{Ident, Span};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprClosure, ExprPath, Pat, Path, Result, Type};

use crate::syntax::source_text::source_text;

/// The source of a provided value.
pub(crate) enum Provide {
    /// A function with `#[provider]`.
    Provider(Path),
    /// An associated function of a type, such as `Limiter::from_config`.
    Function(ExprPath),
    /// A closure, with the types of its parameters.
    Closure { closure: ExprClosure, parameters: Vec<Type> },
    /// A field inside a field, such as `config.db`.
    FieldPath { field: Ident, path: Box<Expr> },
}

impl Provide {
    /// The argument, as written; a closure without its body.
    pub(crate) fn text(&self) -> String {
        match self {
            Provide::Provider(path) => source_text(path),
            Provide::Function(path) => source_text(path),
            Provide::Closure { closure, .. } => format!("|{}| ..", source_text(&closure.inputs)),
            Provide::FieldPath { path, .. } => source_text(path),
        }
    }

    /// The span for errors.
    pub(crate) fn span(&self) -> Span {
        match self {
            Provide::Provider(path) => path.span(),
            Provide::Function(path) => path.span(),
            Provide::Closure { closure, .. } => closure.body.span(),
            Provide::FieldPath { path, .. } => path.span(),
        }
    }
}

impl Parse for Provide {
    fn parse(input: ParseStream<'_>) -> Result<Provide> {
        Provide::new(input.parse()?)
    }
}

impl Provide {
    fn new(argument: Expr) -> Result<Provide> {
        match argument {
            // The invisible group of a `macro_rules!` parameter.
            Expr::Group(group) => Provide::new(*group.expr),
            Expr::Path(path) if is_associated(&path) => Ok(Provide::Function(path)),
            Expr::Path(path) => Ok(Provide::Provider(path.path)),
            Expr::Closure(closure) => {
                let parameters = closure.inputs.iter().map(parameter_type).collect::<Result<_>>()?;
                Ok(Provide::Closure { closure, parameters })
            }
            path @ Expr::Field(_) => {
                let field = first_field(&path)?;
                Ok(Provide::FieldPath { field, path: Box::new(path) })
            }
            other => Err(not_provided(&other)),
        }
    }
}

/// Returns whether a path names an associated function: by a qualified type, or by convention by an upper-case name.
fn is_associated(path: &ExprPath) -> bool {
    let ty = path.path.segments.iter().rev().nth(1);
    path.qself.is_some() || ty.is_some_and(|ty| ty.ident.to_string().starts_with(char::is_uppercase))
}

/// Returns the type of a closure's parameter.
fn parameter_type(parameter: &Pat) -> Result<Type> {
    match parameter {
        Pat::Type(typed) => Ok((*typed.ty).clone()),
        untyped => {
            let name = source_text(untyped);
            let message =
                format!("write the type of `{name}`, by which its field is looked up, such as `|{name}: &Config| ..`");
            Err(Error::new_spanned(untyped, message))
        }
    }
}

/// Returns `config` of `config.db.primary`.
pub(super) fn first_field(path: &Expr) -> Result<Ident> {
    match path {
        Expr::Field(field) => first_field(&field.base),
        Expr::Group(group) => first_field(&group.expr),
        Expr::Path(path) => path.path.get_ident().cloned().ok_or_else(|| not_provided(path)),
        other => Err(not_provided(other)),
    }
}

fn not_provided(tokens: &(impl quote::ToTokens + Spanned)) -> Error {
    let message = "write a `#[provider]` function, an associated function such as `Limiter::from_config`, a closure such \
                   as `|config: &Config| ..`, or a field of a field such as `config.db`";
    Error::new_spanned(tokens, message)
}
