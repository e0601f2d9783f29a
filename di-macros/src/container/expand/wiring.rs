//! Generated constants: the table of nodes, their order, the checks, and the graph.

use std::slice::from_ref;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::constructor::constructor;
use super::provide::provided_parameters;
use super::start::{start, start_name};
use crate::container::arguments::NamedParameter;
use crate::container::member::Member;
use crate::container::model::{Container, Field, Node, Source};
use crate::container::provide::Provide;
use crate::syntax::hygiene::with_hygienic_locals;
use crate::syntax::source_text::source_text;
use crate::syntax::types::holds_arc;

/// Generates the constants `WIRING` and `ORDERING`, their checks, and the graph.
pub(super) fn wiring(container: &Container) -> TokenStream {
    let container_name = &container.name;
    let visibility = &container.visibility;
    let container_text = container_name.unraw().to_string();
    let partial = container.partial();
    let count = container.nodes().count();
    let nodes = container.nodes().map(|node| node_data(container, &node));
    let starts = with_hygienic_locals(container.nodes().map(|node| start(container, &node)).collect());
    let start_names = (0..count).map(start_name);
    let checks = container.nodes().map(|node| checks(container, &node));
    let is_clone = container.has_deferred().then(|| {
        let types = container.nodes().map(|node| &node.field.ty);
        quote! {
            const IS_CLONE: [bool; #count] = {
                #[allow(unused_imports)]
                use ::di_core::codegen::NotCloneType as _;
                [#(::di_core::codegen::CloneType::<#types>::IS_CLONE),*]
            };
        }
    });
    let unused = container.denies_unused.then(|| unused(container));
    let shared = container.fields.iter().map(|field| {
        let ty = &field.ty;
        quote_spanned!(ty.span()=> ::di_core::codegen::check_shared::<#ty>();)
    });
    let hooked_inputs = container.fields.iter().filter(|field| field.is_input()).filter_map(Field::hooked);
    let description = format!(
        "The dependency graph of `{container_text}` as static data: each field, how it is made, and what it depends on."
    );
    quote! {
        #starts

        const WIRING: ::di_core::codegen::NodeTable<#partial, #count> = ::di_core::codegen::NodeTable {
            nodes: [#(#nodes),*],
            build_nodes: [#(#start_names),*],
        };

        const ORDERING: ::di_core::codegen::Ordering<#count> =
            ::di_core::codegen::ordering(#container_text, &WIRING.nodes);

        #is_clone
        const _: () = { #(#checks)* #(#shared)* };

        #unused

        #[allow(dead_code)]
        impl #container_name {
            #[doc = #description]
            #visibility const GRAPH: &'static ::di_core::Graph =
                &::di_core::Graph::new(#container_text, ::core::file!(), &WIRING.nodes);

            /// Whether an input has hooks that no host would call.
            #[doc(hidden)]
            const __HAS_HOOKED_INPUT: bool = {
                #[allow(unused_imports)]
                use ::di_core::codegen::WithoutHooks as _;
                false #(|| ::di_core::codegen::HookProbe::<#hooked_inputs>::HAS_HOOKS)*
            };

            #[doc(hidden)]
            const __FIRST_ASYNC: usize = ::di_core::codegen::first_async(&WIRING.nodes);
        }
    }
}

/// Generates checks that fail to compile if a field is unused.
fn unused(container: &Container) -> TokenStream {
    let count = container.nodes().count();
    let checks = container.last_nodes().map(|node| {
        let index = node.index;
        quote_spanned!(node.field.name.span()=> ::di_core::codegen::check_used(USED[#index]);)
    });
    quote! {
        const USED: [bool; #count] = ::di_core::codegen::used_nodes(&WIRING.nodes);
        const _: () = { #(#checks)* };
    }
}

/// Generates checks that fail to compile if the node is in a cycle, is a sync factory with an async constructor, or
/// has hooks that would never be called.
fn checks(container: &Container, node: &Node<'_>) -> TokenStream {
    let index = node.index;
    let constructor = constructor(&container.name, node);
    let kind_check = match &node.field.source {
        Source::Input { .. } | Source::Absent => return TokenStream::new(),
        Source::Factory { is_sync, .. } => Some(quote_spanned! {node.span()=>
            ::di_core::codegen::check_factory(#constructor::CONSTRUCTOR, #is_sync);
        }),
        Source::Lazy { is_sync: true, .. } => {
            let no_hooks = no_hooks(node, &constructor);
            Some(quote_spanned! {node.span()=>
                #no_hooks
                ::di_core::codegen::check_sync_lazy(#constructor::CONSTRUCTOR);
            })
        }
        _ => no_hooks(node, &constructor),
    };
    let rejection_check = may_have_hooks(node)
        .then(|| quote_spanned!(node.span()=> ::di_core::codegen::check_not_refused(#constructor::CONSTRUCTOR);));
    let named_checks = named_checks(container, node, &constructor);
    let tag_checks = tag_checks(container, node, &constructor);
    let clone_check = node.is_deferred().then(|| {
        quote_spanned!(node.span()=> ::di_core::codegen::check_cloned(#constructor::CONSTRUCTOR, &WIRING.nodes, &IS_CLONE);)
    });
    quote_spanned! {node.span()=>
        #clone_check
        #named_checks
        #tag_checks
        ::di_core::codegen::check_no_cycle(&ORDERING.cycle, #index);
        #kind_check
        #rejection_check
    }
}

/// Generates checks that the named parameters exist, and have the types of their fields.
fn named_checks(container: &Container, node: &Node<'_>, constructor: &Option<TokenStream>) -> TokenStream {
    let check = |NamedParameter { parameter, field }: &NamedParameter| {
        let (name, field_name) = (parameter.unraw().to_string(), field.unraw().to_string());
        let index = container.node_index(field);
        quote_spanned!(parameter.span()=> ::di_core::codegen::check_named(#constructor::CONSTRUCTOR, #name, #field_name, #index);)
    };
    node.named().iter().map(check).collect()
}

/// Generates checks that a second instance of a component, in a tagged field, does not take an untagged field, if there is
/// one of the same type with its tag.
fn tag_checks(container: &Container, node: &Node<'_>, constructor: &Option<TokenStream>) -> TokenStream {
    let (Source::Component(component), None) = (&node.field.source, node.decorator()) else {
        return TokenStream::new();
    };
    let others = || container.fields.iter().filter(|other| other.name != node.field.name);
    let is_other_instance = |other: &Field| match &other.source {
        Source::Component(other) => source_text(other) == source_text(component),
        _ => false,
    };
    let Some(tag) = node.field.tag().filter(|_| others().any(is_other_instance)) else { return TokenStream::new() };
    let tagged = others().filter(|other| other.tag().as_ref() == Some(&tag));
    let pairs = tagged.filter_map(|tagged| {
        let text = source_text(tagged.untagged());
        let untagged = container.last_nodes().find(|other| other.field.type_text == text)?;
        let is_named = node.named().iter().any(|named| named.field == untagged.field.name);
        (!is_named).then_some((untagged, tagged))
    });
    pairs
        .map(|(untagged, tagged)| {
            let (index, span) = (untagged.index, node.span());
            let (untagged, tagged) = (untagged.field.name.unraw().to_string(), tagged.name.unraw().to_string());
            quote_spanned!(span=> ::di_core::codegen::check_same_tag(#constructor::CONSTRUCTOR, #index, #untagged, #tagged);)
        })
        .collect()
}

/// Returns whether the node is a component or a decorator built with the container, and may therefore have hooks.
fn may_have_hooks(node: &Node<'_>) -> bool {
    node.decorator().is_some() || node.component().is_some()
}

/// Generates a check that the component has no hooks, if its field would never call them: if the field is lazy or does
/// not hold an `Arc`.
fn no_hooks(node: &Node<'_>, constructor: &Option<TokenStream>) -> Option<TokenStream> {
    let is_lazy = node.decorator().is_none() && matches!(node.field.source, Source::Lazy { .. });
    if !is_lazy && (!may_have_hooks(node) || holds_arc(&node.field.ty)) {
        return None;
    }
    Some(quote_spanned!(node.span()=> ::di_core::codegen::check_lazy_or_by_value(#constructor::CONSTRUCTOR, #is_lazy);))
}

/// Generates the node's data for the graph.
fn node_data(container: &Container, node: &Node<'_>) -> TokenStream {
    let field = node.field;
    let name = field.name.unraw().to_string();
    let type_name = &field.type_text;
    let line = quote_spanned!(field.name.span()=> ::core::line!());
    let constructor = constructor(&container.name, node);
    let (kind, made_by, views): (_, _, &[Ident]) = match (node.decorator(), &field.source) {
        (Some(decorator), _) => (quote!(Decorator), source_text(decorator), &[]),
        (None, Source::Choose(choose)) => match node.component() {
            Some(component) => (quote!(Component), source_text(component), &[]),
            None => (quote!(Choice), source_text(&choose.path), from_ref(&choose.selector)),
        },
        (None, Source::Input { .. }) => (quote!(Input), String::new(), &[]),
        (None, Source::Absent) => (quote!(Absent), String::new(), &[]),
        (None, Source::Invalid(_)) => (quote!(Unknown), String::new(), &[]),
        (None, Source::Component(ty)) => (quote!(Component), source_text(ty), &[]),
        (None, Source::Provide(provide @ Provide::FieldPath { field, .. })) => {
            (quote!(Provider), provide.text(), from_ref(field))
        }
        (None, Source::Provide(provide)) => (quote!(Provider), provide.text(), &[]),
        (None, Source::Module { .. }) => (quote!(Module), type_name.clone(), &[]),
        (None, Source::Lazy { component, .. }) => (quote!(Lazy), source_text(component), &[]),
        (None, Source::Factory { component, .. }) => (quote!(Factory), source_text(component), &[]),
        (None, Source::Alias { target }) => (quote!(Alias), join_names(from_ref(target)), from_ref(target)),
        (None, Source::Import { module } | Source::Shaku { module, .. }) => {
            (quote!(Import), join_names(from_ref(module)), from_ref(module))
        }
        (None, Source::Collect { members }) => {
            let names: Vec<_> = present(container, members).map(|member| member.field.clone()).collect();
            (quote!(Collect), join_names(&names), &[])
        }
    };
    let made = constructor_data(container, node, &constructor, views);
    let hooks = node.field.hooked().filter(|_| node.decorator().is_none() && !field.is_input()).map(|ty| {
        quote_spanned!(node.span()=> .with_hooks_if({
            #[allow(unused_imports)]
            use ::di_core::codegen::WithoutHooks as _;
            ::di_core::codegen::HookProbe::<#ty>::HAS_HOOKS
        }))
    });
    let after = node.decorator().map(|_| {
        let previous = node.index - 1;
        quote!(.after(#previous))
    });
    // Roots are never reported as unused: code outside the container can read a visible field, and a module may
    // contain hooks.
    let is_root = field.is_visible || node.decorator().is_none() && field.is_module();
    let root = is_root.then(|| quote!(.root()));
    let on_demand = (field.is_if_needed || node.alternative().is_some()).then(|| quote!(.on_demand()));
    let timeout = node.field.arguments.timeout.as_ref().filter(|_| node.decorator().is_none()).map(|timeout| {
        let milliseconds = timeout.milliseconds;
        quote_spanned!(timeout.name.span()=> .with_timeout(::di_core::codegen::timeout(#milliseconds)))
    });
    let inner = node.is_inner().then(|| {
        let stage = node.stage;
        quote!(.inner(#stage))
    });
    quote! {
        ::di_core::codegen::Node::new(
            #name, #type_name, ::di_core::codegen::NodeKind::#kind, #made_by, #made #hooks, #line,
        ) #after #inner #root #on_demand #timeout
    }
}

/// Generates the `Constructor` of the node. An alias, import or field path depends on `views`.
fn constructor_data(
    container: &Container,
    node: &Node<'_>,
    constructor: &Option<TokenStream>,
    views: &[Ident],
) -> TokenStream {
    if let Some(constructor) = constructor {
        let not_async = node.is_deferred().then(|| quote_spanned!(node.span()=> .with_async(false)));
        return quote!(#constructor::CONSTRUCTOR #not_async);
    }
    if let Source::Provide(provide) = &node.field.source
        && let Some(parameters) = provided_parameters(&container.name, provide)
    {
        return quote!(#parameters.constructor());
    }
    let indexes: Vec<_> = match &node.field.source {
        Source::Collect { members } => present(container, members)
            .map(|Member { cfgs, field, .. }| {
                let index = container.node_index(field);
                quote!(#(#cfgs)* #index)
            })
            .collect(),
        _ => views.iter().map(|target| container.node_index(target).to_token_stream()).collect(),
    };
    let alternatives = node.index - node.stage..node.index;
    let indexes = indexes.into_iter().chain(alternatives.map(|index| index.to_token_stream()));
    quote!(::di_core::codegen::Constructor::new(&[#(#indexes),*]))
}

/// Joins the names of fields with commas.
fn join_names(fields: &[Ident]) -> String {
    fields.iter().map(|field| field.unraw().to_string()).collect::<Vec<_>>().join(", ")
}

/// Returns the members of a collection that name existing fields. A field with `#[cfg]` may be absent.
fn present<'a>(container: &Container, members: &'a [Member]) -> impl Iterator<Item = &'a Member> {
    members.iter().filter(|member| container.find_field(&member.field).is_some())
}
