//! Arguments after the type in the attribute of a field: a timeout, and the fields of named parameters.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, LitStr, Result, Token, Type};

use crate::syntax::duration::milliseconds;

/// `timeout = "5s", config = replica_config`
#[derive(Default)]
pub(crate) struct Arguments {
    pub(crate) timeout: Option<Timeout>,
    pub(crate) named: Vec<NamedParameter>,
}

/// The timeout of a constructor.
pub(crate) struct Timeout {
    pub(crate) name: Ident,
    pub(crate) milliseconds: u64,
}

/// `config = replica_config`: the constructor's parameter `config` comes from the field `replica_config`.
#[derive(Clone)]
pub(crate) struct NamedParameter {
    pub(crate) parameter: Ident,
    pub(crate) field: Ident,
}

/// A value with arguments after it.
pub(crate) struct WithArguments<T> {
    pub(crate) value: T,
    pub(crate) arguments: Arguments,
}

impl<T: Parse> Parse for WithArguments<T> {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let value = input.parse()?;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        Ok(WithArguments { value, arguments: input.parse()? })
    }
}

/// The type of a component, if it is given, with arguments after it.
pub(crate) struct ComponentArguments {
    pub(crate) component: Option<Type>,
    pub(crate) arguments: Arguments,
}

impl Parse for ComponentArguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(syn::Ident) && input.peek2(Token![=]) {
            return Ok(ComponentArguments { component: None, arguments: input.parse()? });
        }
        let WithArguments { value, arguments } = input.parse()?;
        Ok(ComponentArguments { component: Some(value), arguments })
    }
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut arguments = Arguments::default();
        while !input.is_empty() {
            let name: Ident = input.parse()?;
            input.parse::<Token![=]>()?;
            if input.peek(LitStr) {
                let milliseconds = milliseconds(&input.parse()?)?;
                if name != "timeout" {
                    let message = format!("unknown option `{name}`: the only option with a text is `timeout = \"5s\"`");
                    return Err(Error::new(name.span(), message));
                }
                arguments.timeout = Some(Timeout { name, milliseconds });
            } else {
                if arguments.named.iter().any(|other| other.parameter == name) {
                    return Err(Error::new(name.span(), format!("the parameter `{name}` is named twice: remove one")));
                }
                let message = "a parameter comes from a field of this container: write `parameter = field`";
                let field = input.parse().map_err(|error: Error| Error::new(error.span(), message))?;
                arguments.named.push(NamedParameter { parameter: name, field });
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(arguments)
    }
}

/// A decorator of `#[decorate(..)]`, with its named parameters: `Retrying(policy = slow_policy)`.
pub(crate) struct DecoratorArguments {
    pub(crate) decorator: Type,
    pub(crate) named: Vec<NamedParameter>,
}

impl Parse for DecoratorArguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let ahead = input.fork();
        if ahead.parse::<Type>().is_ok() && (ahead.is_empty() || ahead.peek(Token![,])) {
            return Ok(DecoratorArguments { decorator: input.parse()?, named: Vec::new() });
        }
        let (mut tokens, mut last) = (TokenStream::new(), None::<Group>);
        while !input.is_empty() && !input.peek(Token![,]) {
            if let Some(group) = last.take() {
                tokens.extend([TokenTree::Group(group)]);
            }
            // `Vec<A, B>` contains commas, which a type consumes.
            if input.peek(Token![<]) {
                let (open, arguments, close) = generic_arguments(input)?;
                tokens.extend(quote::quote!(#open #arguments #close));
                continue;
            }
            match input.parse()? {
                TokenTree::Group(group) if group.delimiter() == proc_macro2::Delimiter::Parenthesis => {
                    last = Some(group)
                }
                token => tokens.extend([token]),
            }
        }
        let Some(group) = last.filter(|_| !tokens.is_empty()) else {
            return Ok(DecoratorArguments { decorator: syn::parse2(tokens)?, named: Vec::new() });
        };
        let arguments: Arguments = syn::parse2(group.stream())?;
        if let Some(timeout) = arguments.timeout {
            return Err(Error::new(timeout.name.span(), NO_TIMEOUT));
        }
        Ok(DecoratorArguments { decorator: syn::parse2(tokens)?, named: arguments.named })
    }
}

/// The message for a timeout of a constructor that cannot have one.
pub(crate) const NO_TIMEOUT: &str = "only `#[component(..)]` and `#[provide(function)]` take a timeout";

/// Parses `<..>`, including nested ones.
fn generic_arguments(input: ParseStream<'_>) -> Result<(Token![<], TokenStream, Token![>])> {
    let open = input.parse()?;
    let mut arguments = TokenStream::new();
    while !input.peek(Token![>]) {
        if input.peek(Token![<]) {
            let (open, inner, close) = generic_arguments(input)?;
            arguments.extend(quote::quote!(#open #inner #close));
        } else if input.peek(Token![->]) {
            let arrow: Token![->] = input.parse()?;
            arguments.extend(quote::quote!(#arrow));
        } else {
            arguments.extend([input.parse::<TokenTree>()?]);
        }
    }
    Ok((open, arguments, input.parse()?))
}

/// Parses the decorators of `#[decorate(..)]`.
pub(crate) fn decorators(tokens: TokenStream) -> Result<Vec<DecoratorArguments>> {
    let decorators = Punctuated::<DecoratorArguments, Token![,]>::parse_terminated.parse2(tokens)?;
    Ok(decorators.into_iter().collect())
}
