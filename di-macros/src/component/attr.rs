//! Parsers for the attributes inside a component: on parameters, methods and fields.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, FnArg, LitStr, Meta, Result, Signature};

use crate::syntax::attributes::take_attribute;
use crate::syntax::duration::milliseconds;

/// `#[inner]` or `#[assisted]` on a parameter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Inner,
    Assisted,
}

/// Returns the mark, if the attribute is one.
pub(crate) fn mark(attribute: &Attribute) -> Option<Mark> {
    if attribute.path().is_ident("inner") {
        Some(Mark::Inner)
    } else if attribute.path().is_ident("assisted") {
        Some(Mark::Assisted)
    } else {
        None
    }
}

/// Returns the mark of the first marked parameter.
pub(crate) fn first_mark<'a>(signatures: impl IntoIterator<Item = &'a Signature>) -> Option<Mark> {
    let inputs = signatures.into_iter().flat_map(|signature| &signature.inputs);
    inputs
        .filter_map(|input| match input {
            FnArg::Typed(typed) => Some(&typed.attrs),
            FnArg::Receiver(_) => None,
        })
        .flatten()
        .find_map(mark)
}

/// Removes the marks, which the compiler would reject as unknown attributes.
pub(crate) fn remove_marks(signature: &mut Signature) {
    for input in &mut signature.inputs {
        if let FnArg::Typed(typed) = input {
            typed.attrs.retain(|attribute| mark(attribute).is_none());
        }
    }
}

/// Removes `#[constructor]`, and returns whether it was present.
pub(crate) fn take_constructor(attributes: &mut Vec<Attribute>) -> bool {
    take_attribute(attributes, "constructor").is_some()
}

/// The attribute of a lifecycle hook.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum HookKind {
    Start,
    Run,
    Stop,
    Commit,
    Rollback,
}

impl HookKind {
    pub(crate) const ALL: [HookKind; 5] =
        [HookKind::Start, HookKind::Run, HookKind::Stop, HookKind::Commit, HookKind::Rollback];

    pub(crate) fn name(self) -> &'static str {
        match self {
            HookKind::Start => "start",
            HookKind::Run => "run",
            HookKind::Stop => "stop",
            HookKind::Commit => "commit",
            HookKind::Rollback => "rollback",
        }
    }
}

/// The arguments of a hook's attribute.
#[derive(Default)]
pub(crate) struct HookArguments {
    pub(crate) timeout_ms: Option<u64>,
    /// `#[run(forever)]`
    pub(crate) is_forever: bool,
}

/// Parses the arguments of a hook's attribute: `timeout = "5s"`, and `forever` for `#[run]`.
pub(crate) fn hook_arguments(kind: HookKind, attribute: &Attribute) -> Result<HookArguments> {
    let mut arguments = HookArguments::default();
    let Meta::List(list) = &attribute.meta else { return Ok(arguments) };
    list.parse_nested_meta(|meta| {
        if meta.path.is_ident("timeout") {
            let text: LitStr = meta.value()?.parse()?;
            arguments.timeout_ms = Some(milliseconds(&text)?);
            return Ok(());
        }
        if kind == HookKind::Run && meta.path.is_ident("forever") {
            arguments.is_forever = true;
            return Ok(());
        }
        let message = match kind {
            HookKind::Run => {
                "unknown argument: `#[run]` takes a timeout, `#[run(timeout = \"5s\")]`, and `forever`, if the task must \
                 not end before shutdown is requested"
            }
            .to_owned(),
            _ => {
                let kind = kind.name();
                format!("unknown argument: `#[{kind}]` takes only a timeout, `#[{kind}(timeout = \"5s\")]`")
            }
        };
        Err(meta.error(message))
    })?;
    Ok(arguments)
}

/// The value of a field with `#[default]`, which is not injected.
pub(crate) enum DefaultValue {
    /// `#[default]`: the type's `Default`.
    OfType(Span),
    /// `#[default(expression)]`
    Expression(Expr),
}

/// Parses the `#[default]` of a field, if it has one.
pub(crate) fn default_value(attributes: &[Attribute]) -> Result<Option<DefaultValue>> {
    let Some(attribute) = attributes.iter().find(|attribute| attribute.path().is_ident("default")) else {
        return Ok(None);
    };
    match &attribute.meta {
        Meta::Path(path) => Ok(Some(DefaultValue::OfType(path.span()))),
        Meta::List(list) => Ok(Some(DefaultValue::Expression(list.parse_args()?))),
        Meta::NameValue(pair) => {
            let message = "invalid `#[default]`: write `#[default]` or `#[default(expression)]`";
            Err(Error::new_spanned(pair, message))
        }
    }
}
