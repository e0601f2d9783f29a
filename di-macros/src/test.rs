//! `#[testkit::test]`.

mod parameters;

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::meta::ParseNestedMeta;
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{Error, Expr, ItemFn, Lit, LitStr};

use parameters::Parameters;

/// The test, as a function without parameters that runs it under many schedules.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut function: ItemFn = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(_) => {
            let error = Error::new(Span::call_site(), "`#[testkit::test]` goes on an `async fn`").into_compile_error();
            return quote!(#item #error);
        }
    };
    let read = settings(arguments).and_then(|settings| {
        check(&function)?;
        let parameters = Parameters::read(&mut function.sig)?;
        parameters.check_config(settings.config.as_ref())?;
        Ok((settings, parameters))
    });
    let (settings, parameters, error) = match read {
        Ok((settings, parameters)) => (settings, parameters, None),
        Err(error) => (Settings::default(), Parameters::default(), Some(error.into_compile_error())),
    };
    let name = function.sig.ident.clone();
    let (attributes, visibility, body) = (std::mem::take(&mut function.attrs), &function.vis, &function.block);
    let output = &function.sig.output;
    // What is to fail is no regression, and nothing to look at.
    let is_failing = attributes.iter().any(|attribute| attribute.path().is_ident("should_panic"));
    let regressions = is_failing.then(|| quote!(.regressions(false).timeline(false)));
    let body = if error.is_some() {
        // One mistake, one error.
        quote!()
    } else {
        let returned = match output {
            syn::ReturnType::Default => quote!(()),
            syn::ReturnType::Type(_, ty) => quote!(#ty),
        };
        let bound = quote_spanned!(output.span()=> ::testkit::types::IntoTestResult);
        let calls = settings.calls;
        let explorer = quote! {
            ::testkit::Explorer::new()
                .test_name(
                    ::core::concat!(::core::module_path!(), "::", ::core::stringify!(#name)),
                    ::core::option_env!("CARGO_MANIFEST_DIR"),
                )
                #regressions
                #calls
        };
        let inner = parameters.declared();
        let run = parameters.run(&explorer, settings.config.as_ref().map(|config| &config.value));
        quote! {
            const _: fn() = || {
                fn __returned<__R: #bound>() {}
                __returned::<#returned>();
            };
            async fn __test(#inner) #output #body
            #run
        }
    };
    quote! {
        #[::core::prelude::v1::test]
        #(#attributes)*
        #visibility fn #name() {
            #body
        }
        #error
    }
}

fn check(function: &ItemFn) -> syn::Result<()> {
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        return Err(Error::new(signature.fn_token.span, "a test of `#[testkit::test]` is an `async fn`"));
    }
    if !signature.generics.params.is_empty() {
        return Err(Error::new_spanned(&signature.generics, "a test is not generic"));
    }
    Ok(())
}

/// What the attribute's arguments stand for.
#[derive(Default)]
struct Settings {
    /// Calls of `Explorer`.
    calls: TokenStream,
    config: Option<Config>,
}

/// The configuration of inputs.
struct Config {
    name: syn::Path,
    value: Expr,
}

fn settings(arguments: TokenStream) -> syn::Result<Settings> {
    let mut settings = Settings::default();
    let parser = syn::meta::parser(|meta| {
        if meta.path.is_ident("config") {
            settings.config = Some(Config { value: meta.value()?.parse()?, name: meta.path });
        } else {
            settings.calls.extend(setting(&meta)?);
        }
        Ok(())
    });
    parser.parse2(arguments)?;
    Ok(settings)
}

const SETTINGS: [&str; 17] = [
    "schedules",
    "time",
    "strategy",
    "exhaustive",
    "seed",
    "preempt",
    "replay",
    "max_steps",
    "max_virtual_time",
    "max_poll_time",
    "allow_leaks",
    "shrink",
    "jobs",
    "check_determinism",
    "regressions",
    "timeline",
    "config",
];

fn setting(meta: &ParseNestedMeta<'_>) -> syn::Result<TokenStream> {
    let Some(name) = meta.path.get_ident().filter(|name| SETTINGS.iter().any(|setting| name == setting)) else {
        let written = crate::text::source_text(&meta.path);
        let help = match crate::text::nearest(&written, SETTINGS) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", SETTINGS.map(|setting| format!("`{setting}`")).join(", ")),
        };
        return Err(meta.error(format!("`#[testkit::test]` has no setting `{written}`: {help}")));
    };
    let text = name.to_string();
    if matches!(&*text, "preempt" | "allow_leaks" | "shrink" | "check_determinism" | "regressions" | "timeline")
        && !meta.input.peek(syn::Token![=])
    {
        return Ok(quote!(.#name(true)));
    }
    let value: Expr = meta.value()?.parse()?;
    let call = match &*text {
        "strategy" => {
            let strategy = strategy(&literal(&value)?)?;
            quote!(.strategy(::testkit::Scheduler::#strategy))
        }
        "time" | "max_virtual_time" | "max_poll_time" => {
            let milliseconds = milliseconds(&literal(&value)?)?;
            quote!(.#name(::core::time::Duration::from_millis(#milliseconds)))
        }
        "replay" => {
            let text = literal(&value)?;
            if !text.value().starts_with("v1:") {
                let message = "a schedule begins with `v1:`: copy what a report prints behind TESTKIT_REPLAY";
                return Err(Error::new(text.span(), message));
            }
            quote!(.replay(&::core::result::Result::expect(
                <::testkit::Schedule as ::core::str::FromStr>::from_str(#text),
                "the schedule of `#[testkit::test(replay = ..)]`",
            )))
        }
        _ => quote!(.#name(#value)),
    };
    Ok(call)
}

fn literal(value: &Expr) -> syn::Result<LitStr> {
    match value {
        Expr::Lit(literal) if matches!(literal.lit, Lit::Str(_)) => match &literal.lit {
            Lit::Str(text) => Ok(text.clone()),
            _ => unreachable!("it was matched before"),
        },
        other => Err(Error::new_spanned(other, "this setting takes a text, in quotes")),
    }
}

/// The strategy that is called so, as a variant of `testkit::Scheduler`.
fn strategy(text: &LitStr) -> syn::Result<TokenStream> {
    let name = text.value();
    let variant = |name: &str| {
        let variant = syn::Ident::new(name, text.span());
        quote!(#variant)
    };
    let depth = |name: &str| name.strip_prefix("pct(")?.strip_suffix(')')?.trim().parse::<u32>().ok();
    match &*name {
        "auto" => Ok(variant("Auto")),
        "fifo" => Ok(variant("Fifo")),
        "random" => Ok(variant("Random")),
        "pct" => Ok(quote!(Pct(3))),
        "pos" => Ok(variant("Pos")),
        "surw" => Ok(variant("Surw")),
        other => match depth(other) {
            Some(depth) => Ok(quote!(Pct(#depth))),
            None => {
                let names = r#""auto", "fifo", "random", "pct", "pct(5)", "pos" or "surw""#;
                let message = format!("there is no strategy `{other}`: write {names}");
                Err(Error::new(text.span(), message))
            }
        },
    }
}

fn milliseconds(text: &LitStr) -> syn::Result<u64> {
    crate::text::milliseconds(&text.value())
        .ok_or_else(|| Error::new(text.span(), "write a time as `500ms`, `5s`, `2m` or `1h`"))
}
