//! Entry point of `#[testkit::test]`: parses, checks and expands a test.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Error, ItemFn};

use super::model::Test;
use super::{attr, expand, rules};

/// Expands `#[testkit::test]` on a function.
pub(crate) fn test_attribute(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let function: ItemFn = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(_) => {
            let message = "`#[testkit::test]` can only be applied to an `async fn`";
            let error = Error::new(Span::call_site(), message).into_compile_error();
            return quote!(#item #error);
        }
    };
    let parsed = attr::settings(arguments).and_then(|settings| Test::new(settings, &function.sig));
    let checked = parsed.and_then(|test| {
        rules::check(&test, &function)?;
        Ok(test)
    });
    match checked {
        Ok(test) => expand::test(&test, &function),
        Err(error) => expand::rejected(&function, error),
    }
}
