//! Generated test functions, which configure an `Explorer` and run the test in it.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, ItemFn, ReturnType, Type};

use super::attr::{Setting, SettingValue};
use super::model::{Input, Test};
use crate::syntax::source_text::source_text;

/// Generates a function without parameters that runs the test under many schedules.
pub(crate) fn test(test: &Test, function: &ItemFn) -> TokenStream {
    let (output, body) = (&function.sig.output, &function.block);
    let returned = match output {
        // `!` implements the trait, but stable Rust does not accept `!` as a generic argument.
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)) => quote!(()),
        ReturnType::Type(_, ty) => quote!(#ty),
    };
    let bound = quote_spanned!(output.span()=> ::testkit::types::IntoTestResult);
    let parameters = parameters(test);
    let run = run(test, &explorer(test, function));
    let body = quote! {
        const _: fn() = || {
            fn __returned<__R: #bound>() {}
            __returned::<#returned>();
        };
        async fn __test(#parameters) #output #body
        #run
    };
    test_function(function, &body)
}

/// Generates an empty test in place of a rejected one, so that one mistake causes one error.
pub(crate) fn rejected(function: &ItemFn, error: Error) -> TokenStream {
    let test = test_function(function, &TokenStream::new());
    let error = error.into_compile_error();
    quote!(#test #error)
}

fn test_function(function: &ItemFn, body: &TokenStream) -> TokenStream {
    let ItemFn { attrs, vis, sig, .. } = function;
    let name = &sig.ident;
    quote! {
        #[::core::prelude::v1::test]
        #(#attrs)*
        #vis fn #name() {
            #body
        }
    }
}

/// Generates the configured `Explorer`.
fn explorer(test: &Test, function: &ItemFn) -> TokenStream {
    let name = &function.sig.ident;
    // A test that is expected to panic saves no regression and writes no timeline.
    let should_panic = function.attrs.iter().any(|attribute| attribute.path().is_ident("should_panic"));
    let regressions = should_panic.then(|| quote!(.regressions(false).timeline(false)));
    let settings = test.settings.explorer.iter().map(setting);
    quote! {
        ::testkit::Explorer::new()
            .test_name(
                ::core::concat!(::core::module_path!(), "::", ::core::stringify!(#name)),
                ::core::option_env!("CARGO_MANIFEST_DIR"),
            )
            #regressions
            #(#settings)*
    }
}

fn setting(Setting { name, value }: &Setting) -> TokenStream {
    match value {
        SettingValue::True => quote!(.#name(true)),
        SettingValue::Milliseconds(milliseconds) => {
            quote!(.#name(::core::time::Duration::from_millis(#milliseconds)))
        }
        SettingValue::Scheduler(scheduler) => {
            let variant = &scheduler.variant;
            let depth = scheduler.depth.map(|depth| quote!((#depth)));
            quote!(.scheduler(::testkit::Scheduler::#variant #depth))
        }
        SettingValue::Schedule(text) => quote! {
            .replay(&::core::result::Result::expect(
                <::testkit::Schedule as ::core::str::FromStr>::from_str(#text),
                "invalid schedule in `#[testkit::test(replay = ..)]`",
            ))
        },
        SettingValue::Expression(expression) => quote!(.#name(#expression)),
    }
}

/// Generates the parameters of the inner function, which is the test as written.
fn parameters(test: &Test) -> TokenStream {
    let sim = match test.sim() {
        Some(sim) => sim.to_token_stream(),
        None => quote!(_: ::testkit::Sim),
    };
    let inputs = test.inputs().map(|input| input.declaration);
    quote!(#sim, #(#inputs),*)
}

/// Generates the call that runs the test.
fn run(test: &Test, explorer: &TokenStream) -> TokenStream {
    let inputs: Vec<_> = test.inputs().collect();
    if inputs.is_empty() {
        return quote!(::testkit::codegen::run_test(#explorer, __test));
    }
    let strategies = inputs.iter().map(|Input { declaration, strategy }| {
        let (ty, expression) = (&declaration.ty, &strategy.expression);
        // With this span, a strategy for another type is reported on its own tokens.
        quote_spanned!(expression.span()=> ::testkit::codegen::strategy_of::<#ty>(#expression))
    });
    let names = inputs.iter().map(|input| source_text(&input.declaration.pat));
    let parts: Vec<_> = (0..inputs.len()).map(|index| format_ident!("__input{index}")).collect();
    let config = test.settings.config.as_ref().map(|config| {
        let value = &config.value;
        quote!(.config(#value))
    });
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
