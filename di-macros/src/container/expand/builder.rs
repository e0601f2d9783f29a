//! The functions `builder` and `slice`, and the type that both return.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Type;
use syn::ext::IdentExt;

use crate::container::model::{Container, Field, Node, Source};
use crate::container::provide::Provide;
use crate::syntax::source_text::source_text;
use crate::syntax::types::has_trait_object;

/// Declares `AppBuilder` and `AppSlice`.
///
/// The fields are boxed. The compiler computes the layout of a builder again in each of its generic methods, such as
/// `wrap_<field>`. Without the box, this takes a time that grows with the square of the number of fields.
pub(super) fn types(container: &Container) -> TokenStream {
    let visibility = &container.visibility;
    let (builder, slice, partial) = (container.builder(), container.slice(), container.partial());
    let container_text = container.name.unraw().to_string();
    let builder_doc = format!(
        "Builds [`{container_text}`], or some of its fields as [`{slice}`]. `with_..` overrides a field; components \
         that only the overridden field needed are not built."
    );
    let slice_doc =
        format!("Builds some fields of [`{container_text}`] and their dependencies; `get` selects the fields by type.");
    quote! {
        #[doc = #builder_doc]
        #[must_use = "a builder does nothing until one of its build methods is called"]
        #visibility struct #builder<__Mode = ::di_core::codegen::Whole> {
            fields: ::std::boxed::Box<#partial>,
            mode: __Mode,
        }

        #[doc = #slice_doc]
        #[allow(dead_code)]
        #visibility type #slice = #builder<::di_core::codegen::Slice>;
    }
}

/// Generates the functions of the container and the methods of the builder.
pub(super) fn methods(container: &Container) -> TokenStream {
    let (container_name, visibility) = (&container.name, &container.visibility);
    let (builder, slice) = (container.builder(), container.slice());
    let container_text = container_name.unraw().to_string();
    let inputs: Vec<_> = container.fields.iter().filter(|field| field.is_input()).collect();
    let arguments = inputs.iter().map(|field| input_argument(container, field));
    let assignments = inputs.iter().map(|field| {
        let name = &field.name;
        let value = if is_exact(container, field) { quote!(#name) } else { quote!(::core::convert::Into::into(#name)) };
        quote!(__fields.#name = ::core::option::Option::Some(#value);)
    });
    let builder_doc = format!("Returns a builder of `{container_text}`. Takes the inputs in the order of the fields.");
    let slice_doc = format!("Returns a builder of some fields of `{container_text}` and their dependencies.");
    let setters = container.fields.iter().map(|field| setter(container, field));
    let wrap = wrap_method(container);
    let wrappers = container.last_nodes().filter_map(|node| wrapper(container, &node));
    let modules = container.fields.iter().filter_map(|field| match &field.source {
        Source::Module { container: module } => Some(module_method(container, field, module)),
        _ => None,
    });
    let build = build_methods(container);
    let get = get_methods(container);
    quote! {
        #[allow(dead_code, private_interfaces, private_bounds, clippy::too_many_arguments)]
        impl #container_name {
            #[doc = #builder_doc]
            #visibility fn builder(#(#arguments),*) -> #builder {
                let mut __fields = <#container_name as ::di_core::Container>::empty_fields();
                #(#assignments)*
                #builder { fields: ::std::boxed::Box::new(__fields), mode: ::core::default::Default::default() }
            }

            #[doc = #slice_doc]
            #visibility fn slice() -> #slice {
                #builder {
                    fields: ::std::boxed::Box::new(<#container_name as ::di_core::Container>::empty_fields()),
                    mode: ::core::default::Default::default(),
                }
            }
        }

        #[allow(dead_code, private_interfaces)]
        impl<__Mode> #builder<__Mode> {
            #(#setters)*
            #wrap
            #(#wrappers)*
            #(#modules)*
        }

        #build
        #get
    }
}

/// Generates the parameter of an input: the exact type, or `impl Into`.
fn input_argument(container: &Container, field: &Field) -> TokenStream {
    let (name, ty) = (&field.name, &field.ty);
    if is_exact(container, field) { quote!(#name: #ty) } else { quote!(#name: impl ::core::convert::Into<#ty>) }
}

/// Returns whether the argument of an input has exactly the field's type: if the type contains a trait object, so that
/// `Arc::new(x)` coerces to it, or if only its tag distinguishes it from another input, so that the two arguments cannot
/// be swapped.
fn is_exact(container: &Container, field: &Field) -> bool {
    has_trait_object(&field.ty) || container.differs_by_tag(field)
}

/// Generates `with_<field>`. Its documentation ends with the documentation of the field.
fn setter(container: &Container, field: &Field) -> TokenStream {
    let visibility = container.visibility_of_methods(field);
    let (name, ty, setter, docs) = (&field.name, &field.ty, field.setter(), &field.docs);
    let text = name.unraw().to_string();
    let replaced = match &field.source {
        Source::Input { .. } => "the input".to_owned(),
        Source::Component(ty) => format!("the component `{}`", source_text(ty)),
        Source::Provide(provide) => format!("the provider `{}`", provide.text()),
        Source::Choose(choose) => format!("the choice by `{}`", source_text(&choose.path)),
        Source::Alias { target } => format!("the alias of `{target}`"),
        Source::Import { module } | Source::Shaku { module, .. } => format!("the import from `{module}`"),
        Source::Lazy { component, .. } => format!("the lazy `{}`", source_text(component)),
        Source::Factory { component, .. } => format!("the factory of `{}`", source_text(component)),
        Source::Module { .. } => "the module".to_owned(),
        Source::Collect { .. } => "the collected fields".to_owned(),
        Source::Absent => "`None`".to_owned(),
        Source::Invalid(_) => "its source".to_owned(),
    };
    let summary = match field.source {
        Source::Input { .. } => format!("Supplies {replaced} `{text}`."),
        _ if !field.decorators().is_empty() => format!("Overrides `{text}`; replaces {replaced} and its decorators."),
        _ => format!("Overrides `{text}`; replaces {replaced}."),
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

/// Generates `wrap_<field>`, except for inputs, which the caller supplies, and for absent fields.
fn wrapper(container: &Container, node: &Node<'_>) -> Option<TokenStream> {
    let field = node.field;
    if matches!(field.source, Source::Input { .. } | Source::Absent | Source::Invalid(_)) {
        return None;
    }
    let (visibility, index) = (container.visibility_of_methods(field), node.index);
    let (ty, wrapper) = (&field.ty, field.wrapper());
    let summary = format!("Overrides `{}` by a function of its real value.", field.name.unraw());
    Some(quote! {
        #[doc = #summary]
        #visibility fn #wrapper(
            self,
            __wrap: impl ::core::ops::FnOnce(#ty) -> #ty + ::core::marker::Send + 'static,
        ) -> Self {
            self.__wrap(#index, __wrap)
        }
    })
}

/// Generates the method that all `wrap_<field>` methods call.
fn wrap_method(container: &Container) -> TokenStream {
    let container_name = &container.name;
    quote! {
        fn __wrap<__T: 'static>(
            mut self,
            __node: usize,
            __wrap: impl ::core::ops::FnOnce(__T) -> __T + ::core::marker::Send + 'static,
        ) -> Self {
            if <#container_name as ::di_core::Container>::is_built(&self.fields, __node) {
                ::di_core::codegen::wrap_field::<#container_name, __T>(&mut self.fields, __node, __wrap);
            } else {
                self.fields.__wrappers.add(__node, move |__fields| {
                    ::di_core::codegen::wrap_field::<#container_name, __T>(__fields, __node, __wrap);
                });
            }
            self
        }
    }
}

/// Generates the method that overrides fields of a module: `.storage(|module| module.with_pool(..))`.
fn module_method(container: &Container, field: &Field, module: &Type) -> TokenStream {
    let visibility = container.visibility_of_methods(field);
    let (name, overrides) = (&field.name, field.module_overrides());
    let summary = format!("Overrides fields of the module `{0}`: `.{0}(|{0}| {0}.with_..(..))`.", name.unraw());
    quote! {
        #[doc = #summary]
        #visibility fn #name<'__call, __O>(mut self, __override: impl ::core::ops::FnOnce(__O) -> __O) -> Self
        where
            #module: ::di_core::codegen::ModuleOf<'__call, Overrides = __O>,
        {
            self.fields.#overrides = <#module as ::di_core::codegen::ModuleOf<'__call>>::with_overrides(
                self.fields.#overrides,
                __override,
            );
            self
        }
    }
}

/// Maximum number of constructors in one block. Each block is a type.
///
/// The compiler compares all implementations of a trait for one type with each other, so the constructors of a large
/// container are divided among several types.
const BLOCK_SIZE: usize = 20;

/// Returns the name of the block type on which the constructor of a node is declared.
fn block_name(node: usize) -> Ident {
    format_ident!("__Block{}", node / BLOCK_SIZE)
}

/// Generates `build`, `start` and `build_sync`. The bound of `build_sync` names the first async constructor.
fn build_methods(container: &Container) -> TokenStream {
    let (container_name, visibility, builder) = (&container.name, &container.visibility, container.builder());
    let container_text = container_name.unraw().to_string();
    let constructors = container.nodes().filter_map(|node| {
        let index = node.index;
        let made_by = match (node.decorator().or(node.component()), &node.field.source) {
            (Some(ty), _) => quote!(#ty),
            (None, Source::Provide(Provide::Provider(path))) => quote!(#path),
            (None, Source::Module { container }) => quote!(#container),
            _ => return None,
        };
        let block = block_name(index);
        Some(quote!(impl __Constructors<#index> for #block { type MadeBy = #made_by; }))
    });
    let blocks = (0..container.nodes().count().div_ceil(BLOCK_SIZE)).map(|block| {
        let name = block_name(block * BLOCK_SIZE);
        quote! {
            struct #name;
            impl __Blocks<#block> for #container_name { type Block = #name; }
        }
    });
    let build_doc = format!(
        "Builds `{container_text}`; async constructors run concurrently. If the build fails, panics or is cancelled, \
         the fields built so far are dropped in reverse order."
    );
    let start_doc =
        format!("Builds and starts `{container_text}`: calls the `#[start]` hooks, and spawns the `#[run]` tasks.");
    let run_doc = format!(
        "Builds, starts and runs `{container_text}` until `end` is ready or a `#[run]` task fails, and then stops it."
    );
    let signal_doc = format!(
        "Builds, starts and runs `{container_text}` until SIGINT (Ctrl-C), SIGTERM or a failed `#[run]` task, and then \
         stops it. Listens from before the first constructor; a second signal ends the stop at once."
    );
    let open_doc = format!("Builds `{container_text}` as a scope, to be ended with `commit` or `rollback`.");
    let scoped_doc = format!(
        "Builds `{container_text}` as a scope, and calls `work` with it: commits the scope if `work` returns `Ok`, and \
         rolls it back if it fails, panics or is dropped."
    );
    let build_sync_doc =
        format!("Builds `{container_text}` without awaiting. Does not compile if a constructor is async.");
    quote! {
        trait __Blocks<const __BLOCK: usize> {
            type Block;
        }
        trait __Constructors<const __NODE: usize> {
            type MadeBy: ?::core::marker::Sized;
        }
        #(#blocks)*
        #(#constructors)*
        impl __Blocks<{ ::core::primitive::usize::MAX / #BLOCK_SIZE }> for #container_name {
            type Block = ::di_core::codegen::AllSync;
        }
        impl __Constructors<{ ::core::primitive::usize::MAX }> for ::di_core::codegen::AllSync {
            type MadeBy = ::di_core::codegen::AllSync;
        }

        #[allow(dead_code, private_bounds)]
        impl #builder {
            #[doc = #build_doc]
            ///
            /// # Errors
            /// Returns the `BuildError` of the first constructor that fails.
            #visibility fn build(self) -> ::di_core::codegen::Build<#container_name> {
                ::di_core::codegen::Build::new(self.fields)
            }

            /// Sets the options of the host: the timeouts of constructors and hooks, and the end of the service.
            #visibility fn options(
                mut self,
                __set: impl ::core::ops::FnOnce(::di_core::codegen::HostOptions) -> ::di_core::codegen::HostOptions,
            ) -> Self {
                self.mode.options = __set(self.mode.options);
                self
            }

            ::di_core::codegen::if_tokio! {
                #[doc = #start_doc]
                ///
                /// # Errors
                /// Returns a `HostError` if the build or a `#[start]` hook fails. Components that have started are
                /// stopped again.
                #visibility fn start<'__call>(self) -> ::di_core::codegen::Start<#container_name>
                where
                    ::di_core::codegen::Inputs<{ #container_name::__HAS_HOOKED_INPUT }>:
                        ::di_core::codegen::StartableInputs<'__call>,
                {
                    ::di_core::codegen::Start::new(self.fields, self.mode.options)
                }

                #[doc = #run_doc]
                ///
                /// # Errors
                /// Returns a `HostError` with every failure. If `end` is ready before everything has started, the error
                /// names what was starting.
                #visibility async fn run_until<'__call>(
                    self,
                    end: impl ::core::future::Future,
                ) -> ::core::result::Result<(), ::di_core::HostError>
                where
                    ::di_core::codegen::Inputs<{ #container_name::__HAS_HOOKED_INPUT }>:
                        ::di_core::codegen::StartableInputs<'__call>,
                {
                    self.start().run_until(end).await
                }

                #[doc = #signal_doc]
                ///
                /// # Errors
                /// Returns a `HostError` with every failure. After a signal before everything has started, the error
                /// names what was starting.
                #visibility async fn run_until_signal<'__call>(self) -> ::core::result::Result<(), ::di_core::HostError>
                where
                    ::di_core::codegen::Inputs<{ #container_name::__HAS_HOOKED_INPUT }>:
                        ::di_core::codegen::StartableInputs<'__call>,
                {
                    self.start().run_until_signal().await
                }

                #[doc = #open_doc]
                ///
                /// # Errors
                /// Returns a `ScopeError` if the build fails. The components that were built are rolled back.
                #visibility async fn open<'__call>(
                    self,
                ) -> ::core::result::Result<::di_core::Scope<#container_name>, ::di_core::ScopeError>
                where
                    ::di_core::codegen::Inputs<{ #container_name::__HAS_HOOKED_INPUT }>:
                        ::di_core::codegen::StartableInputs<'__call>,
                {
                    ::di_core::Scope::open(self.fields, self.mode.options).await
                }

                #[doc = #scoped_doc]
                ///
                /// # Errors
                /// Returns the error of `work`, or a `ScopeError` if the scope cannot be built or committed.
                #visibility async fn scoped<'__call, __T, __E, __F>(
                    self,
                    work: impl ::core::ops::FnOnce(::std::sync::Arc<#container_name>) -> __F,
                ) -> ::core::result::Result<__T, __E>
                where
                    __F: ::core::future::Future<Output = ::core::result::Result<__T, __E>>,
                    __E: ::core::convert::From<::di_core::ScopeError>,
                    ::di_core::codegen::Inputs<{ #container_name::__HAS_HOOKED_INPUT }>:
                        ::di_core::codegen::StartableInputs<'__call>,
                {
                    self.open().await?.run(work).await
                }
            }

            #[doc = #build_sync_doc]
            ///
            /// # Errors
            /// Returns the `BuildError` of the first constructor that fails.
            #visibility fn build_sync<'__call>(self) -> ::core::result::Result<#container_name, ::di_core::BuildError>
            where
                <<#container_name as __Blocks<
                    { #container_name::__FIRST_ASYNC / #BLOCK_SIZE },
                >>::Block as __Constructors<
                    { #container_name::__FIRST_ASYNC },
                >>::MadeBy: ::di_core::codegen::BuiltSync<'__call>,
            {
                ::di_core::codegen::build_sync(self.fields)
            }
        }
    }
}

/// Generates `strict` and `get` of a slice.
fn get_methods(container: &Container) -> TokenStream {
    let (container_name, visibility, builder) = (&container.name, &container.visibility, container.builder());
    quote! {
        #[allow(dead_code)]
        impl #builder<::di_core::codegen::Slice> {
            /// Makes an unused override an error.
            #visibility fn strict(mut self) -> Self {
                self.mode.strict = true;
                self
            }

            /// Builds the field of this type and its dependencies; for a tuple, one field of each type.
            ///
            /// # Errors
            /// Returns the `BuildError` of the first constructor that fails, or of a missing input before any is
            /// called.
            #visibility fn get<__T: ::di_core::codegen::FieldOf<#container_name>>(
                self,
            ) -> ::di_core::codegen::Get<#container_name, __T> {
                ::di_core::codegen::Get::new(self.fields, self.mode)
            }
        }
    }
}
