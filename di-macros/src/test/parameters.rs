use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, FnArg, PatType, Signature, Type};

use super::Config;

/// How many strategies a tuple of proptest's may have.
const MOST_INPUTS: usize = 12;

/// What a test takes: perhaps the simulation, and behind it inputs.
#[derive(Default)]
pub(super) struct Parameters {
    sim: Option<PatType>,
    inputs: Vec<Input>,
}

/// A parameter that is marked `#[strategy(..)]`.
struct Input {
    parameter: PatType,
    strategy: Expr,
}

impl Parameters {
    /// Reads a test's parameters, and takes the marks from them.
    pub(super) fn read(signature: &mut Signature) -> syn::Result<Self> {
        let mut parameters = Parameters::default();
        for (at, parameter) in signature.inputs.iter_mut().enumerate() {
            // Of a method, rustc says what is wrong.
            let FnArg::Typed(parameter) = parameter else { continue };
            let strategy = take_strategy(parameter)?;
            match strategy {
                Some((mark, _)) if is_sim(&parameter.ty) => {
                    return Err(Error::new_spanned(mark, "the simulation is no input: leave out `#[strategy(..)]`"));
                }
                Some((_, strategy)) => {
                    if parameters.inputs.len() == MOST_INPUTS {
                        let message = format!("a test takes up to {MOST_INPUTS} inputs: put some of them into a tuple");
                        return Err(Error::new_spanned(parameter, message));
                    }
                    parameters.inputs.push(Input { parameter: parameter.clone(), strategy });
                }
                None if at == 0 && is_sim(&parameter.ty) => parameters.sim = Some(parameter.clone()),
                None if is_sim(&parameter.ty) => {
                    return Err(Error::new_spanned(parameter, "`sim: Sim` comes first"));
                }
                None => {
                    let name = crate::text::source_text(&parameter.pat);
                    let message = format!(
                        "`{name}` is no `sim: Sim`, so it is an input, and nothing says how it is made: write \
                         `#[strategy(..)]` before it, with a strategy of proptest"
                    );
                    return Err(Error::new_spanned(parameter, message));
                }
            }
        }
        Ok(parameters)
    }

    /// A configuration without inputs is a mistake.
    pub(super) fn check_config(&self, config: Option<&Config>) -> syn::Result<()> {
        match config {
            Some(config) if self.inputs.is_empty() => Err(Error::new_spanned(
                &config.name,
                "`config` says how inputs are made, and this test takes none: give it a parameter with `#[strategy(..)]`",
            )),
            _ => Ok(()),
        }
    }

    /// The parameters of the test itself.
    pub(super) fn declared(&self) -> TokenStream {
        let sim = match &self.sim {
            Some(sim) => sim.to_token_stream(),
            None => quote!(_: ::testkit::Sim),
        };
        let inputs = self.inputs.iter().map(|input| &input.parameter);
        quote!(#sim, #(#inputs),*)
    }

    /// Runs the test.
    pub(super) fn run(&self, explorer: &TokenStream, config: Option<&Expr>) -> TokenStream {
        if self.inputs.is_empty() {
            return quote!(::testkit::codegen::run_test(#explorer, __test));
        }
        let strategies = self.inputs.iter().map(|Input { parameter, strategy }| {
            let ty = &parameter.ty;
            // On the strategy's own tokens, so that one that makes something else is the error.
            quote_spanned!(strategy.span()=> ::testkit::codegen::strategy_of::<#ty>(#strategy))
        });
        let names = self.inputs.iter().map(|input| crate::text::source_text(&input.parameter.pat));
        let parts: Vec<_> = (0..self.inputs.len()).map(|at| format_ident!("__input{at}")).collect();
        let config = config.map(|config| quote!(.config(#config)));
        quote! {
            ::testkit::codegen::run_property(
                #explorer
                    .with_inputs(|| (#(#strategies,)*))
                    .named(|(#(#parts,)*)| ::std::vec![#((#names, #parts as &dyn ::core::fmt::Debug)),*])
                    .source_file(::core::file!())
                    #config,
                |__sim, (#(#parts,)*)| __test(__sim, #(#parts),*),
            )
        }
    }
}

/// Takes the mark from a parameter, and reads its strategy.
fn take_strategy(parameter: &mut PatType) -> syn::Result<Option<(Attribute, Expr)>> {
    let is_mark = |attribute: &Attribute| attribute.path().is_ident("strategy");
    let Some(at) = parameter.attrs.iter().position(is_mark) else { return Ok(None) };
    let mark = parameter.attrs.remove(at);
    if let Some(second) = parameter.attrs.iter().find(|attribute| is_mark(attribute)) {
        return Err(Error::new_spanned(second, "an input has one `#[strategy(..)]`"));
    }
    let strategy = mark.parse_args().map_err(|error| match &mark.meta {
        syn::Meta::List(list) if !list.tokens.is_empty() => error,
        _ => Error::new_spanned(&mark, "write the strategy in it, such as `#[strategy(0..10)]`"),
    })?;
    Ok(Some((mark, strategy)))
}

/// Whether a type is written as the simulation's.
fn is_sim(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Sim"))
}
