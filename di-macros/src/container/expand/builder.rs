//! `builder`, `slice`, and the type of both.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use crate::container::model::{Container, Field, Source};
use crate::text::source_text;
use crate::types::has_trait_object;

/// `AppBuilder` and `AppSlice`.
pub(super) fn types(container: &Container) -> TokenStream {
    let visibility = &container.visibility;
    let (builder, slice, partial) = (container.builder(), container.slice(), container.partial());
    let app = container.name.unraw().to_string();
    let of_builder = format!(
        "Builds [`{app}`], or, as [`{slice}`], some of its fields: `with_..` overrides a field, and what only it needed is \
         not built."
    );
    let of_slice = format!("Builds some fields of [`{app}`], and only what they need: `get` asks for them by type.");
    quote! {
        #[doc = #of_builder]
        #[must_use = "a builder builds nothing until it is told to"]
        #visibility struct #builder<__Mode = ::di_core::codegen::Whole> {
            fields: #partial,
            mode: __Mode,
        }

        #[doc = #of_slice]
        #[allow(dead_code)]
        #visibility type #slice = #builder<::di_core::codegen::Slice>;
    }
}

/// The container's own functions, and the methods of the builder.
pub(super) fn methods(container: &Container) -> TokenStream {
    let (app, visibility) = (&container.name, &container.visibility);
    let (builder, slice) = (container.builder(), container.slice());
    let app_text = app.unraw().to_string();
    let inputs: Vec<_> = container.fields.iter().filter(|field| field.is_input()).collect();
    let arguments = inputs.iter().map(|field| input_argument(field));
    let given = inputs.iter().map(|field| {
        let name = &field.name;
        let value =
            if has_trait_object(&field.ty) { quote!(#name) } else { quote!(::core::convert::Into::into(#name)) };
        quote!(__fields.#name = ::core::option::Option::Some(#value);)
    });
    let of_builder = format!("Begins to build `{app_text}` from its inputs, in the order of the fields.");
    let of_slice = format!("Begins to build some fields of `{app_text}`, and only what they need.");
    let setters = container.fields.iter().map(|field| setter(container, field));
    let modules =
        container.fields.iter().filter(|field| field.is_module()).map(|field| module_method(container, field));
    let build = build_methods(container);
    let get = get_methods(container);
    quote! {
        #[allow(dead_code, private_interfaces, private_bounds, clippy::too_many_arguments)]
        impl #app {
            #[doc = #of_builder]
            #visibility fn builder(#(#arguments),*) -> #builder {
                let mut __fields = <#app as ::di_core::Container>::empty_fields();
                #(#given)*
                #builder { fields: __fields, mode: ::core::default::Default::default() }
            }

            #[doc = #of_slice]
            #visibility fn slice() -> #slice {
                #builder {
                    fields: <#app as ::di_core::Container>::empty_fields(),
                    mode: ::core::default::Default::default(),
                }
            }
        }

        #[allow(dead_code, private_interfaces)]
        impl<__Mode> #builder<__Mode> {
            #(#setters)*
            #(#modules)*
        }

        #build
        #get
    }
}

/// A trait object is taken as it is, so that `Arc::new(x)` coerces to it; anything else may convert.
fn input_argument(field: &Field) -> TokenStream {
    let (name, ty) = (&field.name, &field.ty);
    if has_trait_object(ty) { quote!(#name: #ty) } else { quote!(#name: impl ::core::convert::Into<#ty>) }
}

/// `with_<field>`, with the documentation of the field below its own.
fn setter(container: &Container, field: &Field) -> TokenStream {
    let visibility = &container.visibility;
    let (name, ty, setter, docs) = (&field.name, &field.ty, field.setter(), &field.docs);
    let text = name.unraw().to_string();
    let instead = match &field.source {
        Source::Input => "the input".to_owned(),
        Source::Component(ty) => format!("the component `{}`", source_text(ty)),
        Source::Provide(path) => format!("what `{}` provides", source_text(path)),
        Source::Alias { target } => format!("the alias of `{target}`"),
        Source::Import { module } | Source::Shaku { module, .. } => format!("what `{module}` has"),
        Source::Lazy { component, .. } => format!("the lazy `{}`", source_text(component)),
        Source::Factory { component, .. } => format!("the factory of `{}`", source_text(component)),
        Source::Module => "the module".to_owned(),
        Source::Collect { .. } => "what is collected".to_owned(),
        Source::Absent => "nothing".to_owned(),
        Source::Unknown => "it".to_owned(),
    };
    let summary = match field.source {
        Source::Input => format!("Supplies {instead} `{text}`."),
        _ if !field.decorators.is_empty() => format!("Overrides `{text}`, in place of {instead} and its decorators."),
        _ => format!("Overrides `{text}`, in place of {instead}."),
    };
    let gap = (!docs.is_empty()).then(|| quote!(#[doc = ""]));
    quote! {
        #[doc = #summary]
        #gap
        #(#docs)*
        #visibility fn #setter(mut self, #name: #ty) -> Self {
            self.fields.#name = ::core::option::Option::Some(#name);
            self
        }
    }
}

/// The method that hands out a module's own setters: `.storage(|module| module.with_pool(..))`.
fn module_method(container: &Container, field: &Field) -> TokenStream {
    let visibility = &container.visibility;
    let (name, ty, overrides) = (&field.name, &field.ty, field.module_overrides());
    let summary = format!("Overrides fields of the module `{0}`: `.{0}(|{0}| {0}.with_..(..))`.", name.unraw());
    quote! {
        #[doc = #summary]
        #visibility fn #name<'__call, __O>(mut self, __override: impl ::core::ops::FnOnce(__O) -> __O) -> Self
        where
            #ty: ::di_core::codegen::ModuleOf<'__call, Overrides = __O>,
        {
            self.fields.#overrides = <#ty as ::di_core::codegen::ModuleOf<'__call>>::with_overrides(
                self.fields.#overrides,
                __override,
            );
            self
        }
    }
}

/// How many constructors stand in one block. Implementations of one trait for one type are held against each other, each
/// against all, so that those of a large container are divided among as many types as there are in each.
const BLOCK: usize = 20;

/// The type that the constructor of a node is looked up by.
fn block_name(node: usize) -> Ident {
    format_ident!("__Block{}", node / BLOCK)
}

/// `build` and `build_sync`. The latter's bound names the first async constructor.
fn build_methods(container: &Container) -> TokenStream {
    let (app, visibility, builder) = (&container.name, &container.visibility, container.builder());
    let app_text = app.unraw().to_string();
    let constructors = container.nodes().filter_map(|node| {
        let index = node.index;
        let made_by = match (node.decorator(), &node.field.source) {
            (Some(ty), _) | (None, Source::Component(ty)) => quote!(#ty),
            (None, Source::Provide(path)) => quote!(#path),
            (None, Source::Module) => {
                let ty = &node.field.ty;
                quote!(#ty)
            }
            _ => return None,
        };
        let block = block_name(index);
        Some(quote!(impl __Constructors<#index> for #block { type MadeBy = #made_by; }))
    });
    let blocks = (0..container.nodes().count().div_ceil(BLOCK)).map(|block| {
        let name = block_name(block * BLOCK);
        quote! {
            struct #name;
            impl __Blocks<#block> for #app { type Block = #name; }
        }
    });
    let of_build = format!(
        "Builds `{app_text}`, its async constructors concurrently. Whatever fails, is cancelled or panics drops what was \
         built, in reverse order."
    );
    let of_start =
        format!("Builds `{app_text}`, and starts it: calls the `#[start]` hooks, and spawns the `#[run]` tasks.");
    let of_build_sync = format!("Builds `{app_text}` at once. It does not compile where a constructor is async.");
    quote! {
        trait __Blocks<const __BLOCK: usize> {
            type Block;
        }
        trait __Constructors<const __NODE: usize> {
            type MadeBy: ?::core::marker::Sized;
        }
        #(#blocks)*
        #(#constructors)*
        impl __Blocks<{ ::core::primitive::usize::MAX / #BLOCK }> for #app {
            type Block = ::di_core::codegen::AllSync;
        }
        impl __Constructors<{ ::core::primitive::usize::MAX }> for ::di_core::codegen::AllSync {
            type MadeBy = ::di_core::codegen::AllSync;
        }

        #[allow(dead_code, private_bounds)]
        impl #builder {
            #[doc = #of_build]
            ///
            /// # Errors
            /// `BuildError`, from the first constructor that fails.
            #visibility fn build(self) -> ::di_core::codegen::Build<#app> {
                ::di_core::codegen::Build::new(self.fields)
            }

            /// Sets what is no field: the timeouts of hooks.
            #visibility fn options(
                mut self,
                __set: impl ::core::ops::FnOnce(::di_core::codegen::HostOptions) -> ::di_core::codegen::HostOptions,
            ) -> Self {
                self.mode.options = __set(self.mode.options);
                self
            }

            ::di_core::codegen::if_tokio! {
                #[doc = #of_start]
                ///
                /// # Errors
                /// `HostError`, from the build, or from the `#[start]` hooks; what had started is stopped again.
                #visibility async fn start(
                    self,
                ) -> ::core::result::Result<::di_core::Host<#app>, ::di_core::HostError> {
                    let __built = ::di_core::codegen::Build::<#app>::new(self.fields).with_hooks();
                    ::di_core::codegen::start_host(__built, self.mode.options).await
                }
            }

            #[doc = #of_build_sync]
            ///
            /// # Errors
            /// `BuildError`, from the first constructor that fails.
            #visibility fn build_sync<'__call>(self) -> ::core::result::Result<#app, ::di_core::BuildError>
            where
                <<#app as __Blocks<{ #app::__FIRST_ASYNC / #BLOCK }>>::Block as __Constructors<
                    { #app::__FIRST_ASYNC },
                >>::MadeBy: ::di_core::codegen::BuiltSync<'__call>,
            {
                ::di_core::codegen::build_sync(self.fields)
            }
        }
    }
}

/// `strict` and `get`.
fn get_methods(container: &Container) -> TokenStream {
    let (app, visibility, builder) = (&container.name, &container.visibility, container.builder());
    quote! {
        #[allow(dead_code)]
        impl #builder<::di_core::codegen::Slice> {
            /// Makes an override that nothing uses an error.
            #visibility fn strict(mut self) -> Self {
                self.mode.strict = true;
                self
            }

            /// Builds the field of this type, or, for a tuple of types, several, and only what they need.
            ///
            /// # Errors
            /// `BuildError`, from the first constructor that fails, or, before any is called, where an input is lacking.
            #visibility fn get<__T: ::di_core::codegen::FieldOf<#app>>(self) -> ::di_core::codegen::Get<#app, __T> {
                ::di_core::codegen::Get::new(self.fields, self.mode)
            }
        }
    }
}
