//! `#[start]`, `#[run]` and `#[stop]` on the methods of a component.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    Attribute, Error, FnArg, ImplItem, ImplItemFn, ItemImpl, LitStr, Meta, ReceiverKind, Result, ReturnType, Type,
};

use super::take_attribute;

/// The hooks of a component.
#[derive(Default)]
pub(super) struct Hooks {
    hooks: Vec<Hook>,
}

struct Hook {
    /// `start`, `run` or `stop`.
    kind: &'static str,
    method: Ident,
    is_async: bool,
    takes_shutdown: bool,
    returned: Type,
    timeout: Option<u64>,
}

const KINDS: [&str; 3] = ["start", "run", "stop"];

impl Hooks {
    /// Takes the attributes off the methods.
    pub(super) fn take(item: &mut ItemImpl) -> Result<Hooks> {
        let mut hooks = Hooks::default();
        let mut errors: Option<Error> = None;
        for item in &mut item.items {
            let ImplItem::Fn(method) = item else { continue };
            for kind in KINDS {
                if let Some(attribute) = take_attribute(&mut method.attrs, kind) {
                    match hooks.hook(kind, &attribute, method) {
                        Ok(hook) => hooks.hooks.push(hook),
                        Err(error) => match &mut errors {
                            None => errors = Some(error),
                            Some(errors) => errors.combine(error),
                        },
                    }
                }
            }
        }
        errors.map_or(Ok(hooks), Err)
    }

    fn hook(&self, kind: &'static str, attribute: &Attribute, method: &ImplItemFn) -> Result<Hook> {
        let signature = &method.sig;
        if self.hooks.iter().any(|hook| hook.kind == kind) {
            return Err(Error::new_spanned(
                attribute,
                format!("a second `#[{kind}]`: a component has one of each hook"),
            ));
        }
        let by_reference =
            signature.receiver().is_some_and(|receiver| matches!(receiver.kind, ReceiverKind::Reference(_, _, None)));
        if !by_reference {
            let message = format!("a `#[{kind}]` hook takes `&self`: the component is shared");
            let place = signature.inputs.first().map_or_else(|| signature.ident.span(), Spanned::span);
            return Err(Error::new(place, message));
        }
        let others: Vec<&FnArg> = signature.inputs.iter().skip(1).collect();
        let allowed = if kind == "run" { 1 } else { 0 };
        if let Some(extra) = others.get(allowed) {
            let message = match kind {
                "run" => {
                    "a `#[run]` hook takes `&self` and a `Shutdown`; dependencies belong to the constructor".to_owned()
                }
                _ => {
                    format!("a `#[{kind}]` hook takes `&self` and nothing else; dependencies belong to the constructor")
                }
            };
            return Err(Error::new_spanned(extra, message));
        }
        Ok(Hook {
            kind,
            method: signature.ident.clone(),
            is_async: signature.asyncness.is_some(),
            takes_shutdown: !others.is_empty(),
            returned: match &signature.output {
                ReturnType::Type(_, ty) => (**ty).clone(),
                ReturnType::Default => syn::parse_quote!(()),
            },
            timeout: timeout(kind, attribute)?,
        })
    }

    pub(super) fn are_none(&self) -> bool {
        self.hooks.is_empty()
    }

    /// Where to report what is wrong with having hooks at all.
    pub(super) fn first(&self) -> Option<&Ident> {
        self.hooks.first().map(|hook| &hook.method)
    }

    /// The methods of `Lifecycle`.
    pub(super) fn lifecycle(&self) -> TokenStream {
        let methods = self.hooks.iter().map(Hook::expand);
        let timeouts = self.hooks.iter().filter_map(|hook| {
            let milliseconds = hook.timeout?;
            let variant = match hook.kind {
                "start" => quote!(Start),
                "run" => quote!(Run),
                _ => quote!(Stop),
            };
            Some(quote! {
                ::di_core::codegen::Hook::#variant => {
                    ::core::option::Option::Some(::core::time::Duration::from_millis(#milliseconds))
                }
            })
        });
        quote! {
            #(#methods)*

            fn timeout(&self, __hook: ::di_core::codegen::Hook) -> ::core::option::Option<::core::time::Duration> {
                match __hook {
                    #(#timeouts)*
                    #[allow(unreachable_patterns)]
                    _ => ::core::option::Option::None,
                }
            }
        }
    }
}

impl Hook {
    fn expand(&self) -> TokenStream {
        let method = &self.method;
        let name = Ident::new(self.kind, proc_macro2::Span::call_site());
        let shutdown = (self.kind == "run").then(|| quote!(, __shutdown: ::di_core::Shutdown));
        let argument = self.takes_shutdown.then(|| quote!(__shutdown));
        let awaited = self.is_async.then(|| quote!(.await));
        let returned = &self.returned;
        let result = quote_spanned!(returned.span()=> ::di_core::codegen::hook_result::<#returned>(__returned));
        quote_spanned! {method.span()=>
            #[allow(unused_variables)]
            fn #name(
                self: ::std::sync::Arc<Self> #shutdown
            ) -> ::core::option::Option<::di_core::BoxFuture<::core::result::Result<(), ::di_core::BoxError>>> {
                ::core::option::Option::Some(::std::boxed::Box::pin(async move {
                    let __returned = Self::#method(&self, #argument)#awaited;
                    #result
                }))
            }
        }
    }
}

/// The milliseconds of `timeout = "5s"`.
fn timeout(kind: &str, attribute: &Attribute) -> Result<Option<u64>> {
    let mut timeout = None;
    if let Meta::List(list) = &attribute.meta {
        list.parse_nested_meta(|meta| {
            if !meta.path.is_ident("timeout") {
                return Err(
                    meta.error(format!("`#[{kind}]` takes a timeout, `#[{kind}(timeout = \"5s\")]`, or nothing"))
                );
            }
            let text: LitStr = meta.value()?.parse()?;
            let milliseconds = crate::text::milliseconds(&text.value());
            timeout = Some(
                milliseconds.ok_or_else(|| Error::new(text.span(), "write a time as `500ms`, `5s`, `2m` or `1h`"))?,
            );
            Ok(())
        })?;
    }
    Ok(timeout)
}
