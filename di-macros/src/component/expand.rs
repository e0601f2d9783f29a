//! The implementations of `Component` and `Provider`.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericParam, Generics, Index, ItemFn, ReturnType, Type};

use super::hooks::Hooks;
use super::model::{Call, Form, MOST_ARGUMENTS, Parameter, Source, argument};
use crate::hygiene::with_own_locals;
use crate::text::source_text;

/// `Component` for `self_type`, with `call` for its constructor; or, as its parameters are marked, `Decorator` or `Assisted`.
pub(super) fn component(generics: &Generics, self_type: &Type, call: &Call, hooks: &Hooks) -> TokenStream {
    let constructor = constructor(call, hooks);
    let returns_self = is_self(&call.returned, self_type);
    let body = construction(call, |returned| {
        let span = call.returned.span();
        if returns_self {
            quote!(::core::result::Result::Ok(#returned))
        } else {
            quote_spanned!(span=> ::di_core::codegen::into_result::<Self, _>(#returned))
        }
    });
    let result = returned(call, quote!(::core::result::Result<Self, ::di_core::BoxError>));
    let fields = quote!(__fields: &<__C as ::di_core::Container>::Fields);
    let assisted = call.assisted();
    let (implemented, method, further, build) = if let Some(inner) = call.inner() {
        let build = build_decorator(call, hooks, inner);
        (quote!(Decorator<__C, #inner>), method("decorate", call), quote!(, __inner: #inner), build)
    } else if assisted.is_empty() {
        (quote!(Component<__C>), method("construct", call), quote!(), build_component(call, hooks))
    } else {
        let arguments = quote!((#(#assisted,)*));
        let further = quote!(, __assisted: #arguments);
        (quote!(Assisted<__C, #arguments>), method("create", call), further, TokenStream::new())
    };
    let component = implement(
        generics,
        self_type,
        implemented,
        bounds(call),
        quote! {
            #constructor

            #[allow(unused_variables)]
            fn #method(#fields #further) -> #result {
                #body
            }

            #build
        },
    );
    let lifecycle = (!hooks.are_none()).then(|| lifecycle(generics, self_type, hooks));
    quote!(#component #lifecycle)
}

/// `Lifecycle` for a component with hooks.
fn lifecycle(generics: &Generics, self_type: &Type, hooks: &Hooks) -> TokenStream {
    let (parameters, predicates) = without_defaults(generics);
    let methods = with_own_locals(hooks.lifecycle());
    quote! {
        #[automatically_derived]
        impl<#parameters> ::di_core::codegen::Lifecycle for #self_type
        where
            #predicates
        {
            #methods
        }
    }
}

/// What the marks of its parameters make of a type whose `#[component]` is in error, so that no second error says that it
/// is none.
pub(super) fn stub(generics: &Generics, self_type: &Type, purpose: Option<Form>) -> TokenStream {
    let stub = |generics: &Generics, implemented| {
        let items = quote!(
            const CONSTRUCTOR: ::di_core::codegen::Constructor = ::di_core::codegen::Constructor::new(&[]);
        );
        implement(generics, self_type, implemented, TokenStream::new(), items)
    };
    match purpose {
        Some(Form::Inner) => {
            let mut generics = generics.clone();
            generics.params.push(syn::parse_quote!(__T));
            stub(&generics, quote!(Decorator<__C, __T>))
        }
        // Whatever the arguments are, but some: without any, it would be a component.
        Some(Form::Assisted) => (1..=MOST_ARGUMENTS)
            .map(|count| {
                let arguments: Vec<_> = (0..count).map(argument).collect();
                let mut generics = generics.clone();
                generics
                    .params
                    .extend(arguments.iter().map(|argument| -> GenericParam { syn::parse_quote!(#argument) }));
                let arguments = quote!((#(#arguments,)*));
                let implementation = stub(&generics, quote!(Assisted<__C, #arguments>));
                quote!(#[allow(non_camel_case_types)] #implementation)
            })
            .collect(),
        _ => stub(generics, quote!(Component<__C>)),
    }
}

fn implement(
    generics: &Generics,
    self_type: &Type,
    implemented: TokenStream,
    bounds: TokenStream,
    items: TokenStream,
) -> TokenStream {
    let (parameters, predicates) = without_defaults(generics);
    // Nobody who lacks a component is helped by a list of others. Where it has conditions, the compiler is to tell them.
    let is_unconditional = bounds.is_empty() && parameters.is_empty();
    let unlisted = is_unconditional.then(|| quote!(#[diagnostic::do_not_recommend]));
    quote! {
        #[automatically_derived]
        #unlisted
        impl<#parameters __C: ::di_core::Container> ::di_core::codegen::#implemented for #self_type
        where
            #predicates
            #bounds
        {
            #items
        }
    }
}

/// `Provider` for a type of the function's name, and that type.
pub(super) fn provider(function: &ItemFn, call: &Call) -> TokenStream {
    let constructor = constructor(call, &Hooks::default());
    let (returns, method) = (&call.returned, method("provide", call));
    let result = returned(call, quote!(Self::Returned));
    let body = construction(call, |returned| returned);
    implement_provider(
        function,
        bounds(call),
        quote! {
            type Returned = #returns;
            #constructor

            fn #method(__fields: &<__C as ::di_core::Container>::Fields) -> #result {
                #body
            }
        },
    )
}

/// The type of a function whose `#[provider]` is in error, so that no second error says that it is none.
pub(super) fn provider_stub(function: &ItemFn) -> TokenStream {
    let returned = match &function.sig.output {
        ReturnType::Type(_, returned) => returned.to_token_stream(),
        ReturnType::Default => quote!(()),
    };
    implement_provider(
        function,
        TokenStream::new(),
        quote! {
            type Returned = #returned;
            const CONSTRUCTOR: ::di_core::codegen::Constructor = ::di_core::codegen::Constructor::new(&[]);
        },
    )
}

fn implement_provider(function: &ItemFn, bounds: TokenStream, items: TokenStream) -> TokenStream {
    let name = &function.sig.ident;
    let visibility = &function.vis;
    quote! {
        #[doc(hidden)]
        #[allow(non_camel_case_types, dead_code, clippy::empty_enums)]
        #visibility enum #name {}

        #[automatically_derived]
        impl<__C: ::di_core::Container> ::di_core::codegen::Provider<__C> for #name
        where
            #bounds
        {
            #items
        }
    }
}

/// What the constructor says of itself.
fn constructor(call: &Call, hooks: &Hooks) -> TokenStream {
    let dependencies = dependencies(call);
    let is_async = call.is_async.then(|| quote!(.with_async(true)));
    let has_hooks = (!hooks.are_none()).then(|| quote!(.with_hooks()));
    quote! {
        const CONSTRUCTOR: ::di_core::codegen::Constructor = ::di_core::codegen::Constructor::new(#dependencies) #is_async #has_hooks;
    }
}

/// How a component is built whose constructor is async, or that has hooks; of another one, `Component` knows.
fn build_component(call: &Call, hooks: &Hooks) -> TokenStream {
    if !call.is_async && hooks.are_none() {
        return TokenStream::new();
    }
    let trait_path = quote!(<Self as ::di_core::Component<__C>>);
    let build = call.is_async.then(|| {
        quote! {
            fn build(
                __fields: &mut <__C as ::di_core::Container>::Fields,
                __phase: ::di_core::codegen::Phase,
            ) -> ::di_core::codegen::Step<Self> {
                ::di_core::codegen::step_async(__phase, || #trait_path::construct_async(__fields))
            }
        }
    });
    let shared = shared(hooks, &quote!(#trait_path::build(__fields, __phase)));
    quote! {
        #build

        #[allow(unused_variables)]
        fn build_shared(
            __fields: &mut <__C as ::di_core::Container>::Fields,
            __node: usize,
            __phase: ::di_core::codegen::Phase,
        ) -> ::di_core::codegen::Step<::std::sync::Arc<Self>> {
            #shared
        }
    }
}

/// The same, of a decorator.
fn build_decorator(call: &Call, hooks: &Hooks, inner: &Type) -> TokenStream {
    let trait_path = quote!(<Self as ::di_core::codegen::Decorator<__C, #inner>>);
    let build = call.is_async.then(|| {
        quote! {
            fn build(
                __fields: &mut <__C as ::di_core::Container>::Fields,
                __inner: ::core::option::Option<#inner>,
                __phase: ::di_core::codegen::Phase,
            ) -> ::di_core::codegen::Step<Self> {
                ::di_core::codegen::step_async(__phase, || {
                    #trait_path::decorate_async(__fields, ::di_core::codegen::unwrap_built(__inner))
                })
            }
        }
    });
    let shared = (!hooks.are_none()).then(|| {
        let shared = shared(hooks, &quote!(#trait_path::build(__fields, __inner, __phase)));
        quote! {
            fn build_shared(
                __fields: &mut <__C as ::di_core::Container>::Fields,
                __inner: ::core::option::Option<#inner>,
                __node: usize,
                __phase: ::di_core::codegen::Phase,
            ) -> ::di_core::codegen::Step<::std::sync::Arc<Self>> {
                #shared
            }
        }
    });
    quote!(#build #shared)
}

/// What was built, in an `Arc`, its hooks with the others of the container.
fn shared(hooks: &Hooks, built: &TokenStream) -> TokenStream {
    if hooks.are_none() {
        return quote!(::di_core::codegen::into_arc(#built));
    }
    quote! {
        let __built = #built;
        ::di_core::codegen::into_arc_with_hooks::<__C, Self>(__built, __fields, __node)
    }
}

/// Name of the method that calls a constructor, such as `construct` and `construct_async`.
fn method(name: &str, call: &Call) -> Ident {
    if call.is_async { format_ident!("{name}_async") } else { format_ident!("{name}") }
}

/// What that method returns.
fn returned(call: &Call, value: TokenStream) -> TokenStream {
    if call.is_async { quote!(::di_core::BoxFuture<#value>) } else { value }
}

/// The arguments, and the call with them, in the form that its being sync or async asks for.
fn construction(call: &Call, finish: impl FnOnce(TokenStream) -> TokenStream) -> TokenStream {
    let arguments = call.parameters.iter().enumerate().map(|(index, parameter)| bind(call, index, parameter));
    let expression = &call.expression;
    let span = call.returned.span();
    if !call.is_async {
        let result = finish(quote_spanned!(span=> __returned));
        return with_own_locals(quote! {
            #(#arguments)*
            let __returned = #expression;
            #result
        });
    }
    let borrows = call.parameters.iter().enumerate().filter(|(_, parameter)| matches!(parameter.form, Form::Borrowed));
    let borrows = borrows.map(|(index, _)| {
        let name = argument(index);
        quote!(let #name = &*#name;)
    });
    let result = finish(quote_spanned!(span=> __returned));
    let pending = quote_spanned! {call.span=>
        ::di_core::codegen::boxed_future(async move {
            #(#borrows)*
            let __returned = #expression.await;
            #result
        })
    };
    with_own_locals(quote!(#(#arguments)* #pending))
}

/// Binds an argument. An async call owns what it borrows from.
fn bind(call: &Call, index: usize, parameter: &Parameter) -> TokenStream {
    let name = argument(index);
    let span = parameter.source.span();
    let value = match (&parameter.form, &parameter.source) {
        (Form::Inner, _) => quote!(__inner),
        (Form::Assisted, _) => {
            let before = &call.parameters[..index];
            let place = before.iter().filter(|parameter| matches!(parameter.form, Form::Assisted)).count();
            let place = Index::from(place);
            quote!(__assisted.#place)
        }
        (Form::Borrowed, Source::Arc(content)) if !call.is_async => {
            quote_spanned!(span=> ::di_core::codegen::borrowed::<__C, #content>(__fields))
        }
        (_, Source::Arc(content)) => {
            quote_spanned!(span=> ::di_core::codegen::cloned_arc::<__C, #content>(__fields))
        }
        (_, Source::Whole(ty)) => quote_spanned!(span=> ::di_core::codegen::cloned::<__C, #ty>(__fields)),
    };
    quote!(let #name = #value;)
}

/// The indexes of the dependencies, in the order of the parameters.
fn dependencies(call: &Call) -> TokenStream {
    let indexes = call.dependencies().map(|parameter| match &parameter.source {
        Source::Arc(content) => quote!(<#content as ::di_core::codegen::ArcFieldOf<__C>>::INDEX),
        Source::Whole(ty) => quote!(<#ty as ::di_core::codegen::FieldOf<__C>>::INDEX),
    });
    quote!(&[#(#indexes),*])
}

/// One bound for each type that a parameter needs a field of, on the parameter's own tokens.
fn bounds(call: &Call) -> TokenStream {
    let mut seen = Vec::new();
    let mut bounds = TokenStream::new();
    for parameter in call.dependencies() {
        let span = parameter.source.span();
        let bound = match &parameter.source {
            Source::Arc(content) => quote_spanned!(span=> #content: ::di_core::codegen::ArcFieldOf<__C>,),
            Source::Whole(ty) => quote_spanned!(span=> #ty: ::di_core::codegen::CloneFieldOf<__C>,),
        };
        let text = source_text(&bound);
        if !seen.contains(&text) {
            seen.push(text);
            bounds.extend(bound);
        }
    }
    bounds
}

/// Whether a constructor's return type is the component itself, with no `Result` about it.
fn is_self(returned: &Type, self_type: &Type) -> bool {
    let text = source_text(returned);
    text == "Self" || text == source_text(self_type)
}

/// The parameters and predicates of generics, each with a comma behind it.
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
