//! Implementations of `Component`, `Decorator` or `Assisted`, also for a component that was rejected.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericParam, Generics, Type};

use super::build_methods::{build_component, build_decorator, build_shared_component};
use super::construction::{construction, constructor_const, field_bounds, method_name, method_result};
use super::lifecycle::lifecycle;
use crate::component::attr::Mark;
use crate::component::model::{Constructor, Hook, MAX_FACTORY_ARGUMENTS, is_self};
use crate::syntax::hygiene::argument_name;

/// Implements `Component` for `self_type`; or `Decorator` if a parameter is `#[inner]`, or `Assisted` if one is
/// `#[assisted]`.
pub(crate) fn component(
    generics: &Generics,
    self_type: &Type,
    constructor: &Constructor,
    hooks: &[Hook],
) -> TokenStream {
    let returns_arc = constructor.returns_arc(self_type);
    let constant = constructor_const(constructor, !hooks.is_empty(), returns_arc);
    let returns_self = is_self(&constructor.returned, self_type);
    let constructed = if returns_arc { quote!(::std::sync::Arc<Self>) } else { quote!(Self) };
    let body = construction(constructor, |returned| {
        let span = constructor.returned.span();
        if returns_self {
            quote!(::core::result::Result::Ok(#returned))
        } else {
            quote_spanned!(span=> ::di_core::codegen::into_result::<#constructed, _>(#returned))
        }
    });
    let result = method_result(constructor, quote!(::core::result::Result<#constructed, ::di_core::BoxError>));
    let fields = quote!(__fields: &<__C as ::di_core::Container>::Fields);
    let assisted = constructor.assisted();
    let (trait_path, method, extra_parameter, build) = if let Some(inner) = constructor.inner() {
        let build = build_decorator(constructor, hooks, inner);
        (quote!(Decorator<__C, #inner>), method_name("decorate", constructor), quote!(, __inner: #inner), build)
    } else if assisted.is_empty() {
        let (method, build) = if returns_arc {
            ("construct_shared", build_shared_component(constructor, hooks))
        } else {
            ("construct", build_component(constructor, hooks))
        };
        (quote!(Component<__C>), method_name(method, constructor), quote!(), build)
    } else {
        let arguments = quote!((#(#assisted,)*));
        let extra_parameter = quote!(, __assisted: #arguments);
        let method = method_name("create", constructor);
        (quote!(Assisted<__C, #arguments>), method, extra_parameter, TokenStream::new())
    };
    let component = implement(
        generics,
        self_type,
        trait_path,
        field_bounds(constructor),
        quote! {
            #constant

            #[allow(unused_variables)]
            fn #method(#fields #extra_parameter) -> #result {
                #body
            }

            #build
        },
    );
    let lifecycle = (!hooks.is_empty()).then(|| {
        let (parameters, predicates) = without_defaults(generics);
        lifecycle(&parameters, &predicates, self_type, hooks)
    });
    quote!(#component #lifecycle)
}

/// Implements the same traits for a rejected component, so that uses of it cause no further errors.
pub(crate) fn stub(generics: &Generics, self_type: &Type, mark: Option<Mark>) -> TokenStream {
    let stub = |generics: &Generics, trait_path| {
        let items = quote!(
            const CONSTRUCTOR: ::di_core::codegen::Constructor = ::di_core::codegen::Constructor::new(&[]);
        );
        implement(generics, self_type, trait_path, TokenStream::new(), items)
    };
    match mark {
        Some(Mark::Inner) => {
            let mut generics = generics.clone();
            generics.params.push(syn::parse_quote!(__T));
            stub(&generics, quote!(Decorator<__C, __T>))
        }
        // One for each number of arguments. Zero is left out, because that would be a component.
        Some(Mark::Assisted) => (1..=MAX_FACTORY_ARGUMENTS)
            .map(|count| {
                let arguments: Vec<_> = (0..count).map(argument_name).collect();
                let mut generics = generics.clone();
                generics
                    .params
                    .extend(arguments.iter().map(|argument| -> GenericParam { syn::parse_quote!(#argument) }));
                let arguments = quote!((#(#arguments,)*));
                let implementation = stub(&generics, quote!(Assisted<__C, #arguments>));
                quote!(#[allow(non_camel_case_types)] #implementation)
            })
            .collect(),
        None => stub(generics, quote!(Component<__C>)),
    }
}

fn implement(
    generics: &Generics,
    self_type: &Type,
    trait_path: TokenStream,
    bounds: TokenStream,
    items: TokenStream,
) -> TokenStream {
    let (parameters, predicates) = without_defaults(generics);
    // If a component is missing, a list of all others does not help. Unmet bounds do, so conditional impls stay listed.
    let is_unconditional = bounds.is_empty() && parameters.is_empty();
    let unlisted = is_unconditional.then(|| quote!(#[diagnostic::do_not_recommend]));
    quote! {
        #[automatically_derived]
        #unlisted
        impl<#parameters __C: ::di_core::Container> ::di_core::codegen::#trait_path for #self_type
        where
            #predicates
            #bounds
        {
            #items
        }
    }
}

/// Returns the generic parameters without their defaults and the predicates, each followed by a comma.
fn without_defaults(generics: &Generics) -> (TokenStream, TokenStream) {
    let parameters = generics.params.iter().map(|parameter| match parameter {
        GenericParam::Lifetime(lifetime) => lifetime.to_token_stream(),
        GenericParam::Type(parameter) => {
            let (ident, bounds) = (&parameter.ident, &parameter.bounds);
            quote!(#ident: #bounds)
        }
        GenericParam::Const(parameter) => {
            let (ident, ty) = (&parameter.ident, &parameter.ty);
            quote!(const #ident: #ty)
        }
    });
    let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    (quote!(#(#parameters,)*), quote!(#(#predicates,)*))
}
