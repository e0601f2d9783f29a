use std::collections::BTreeMap;

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, DeriveInput, Error, FieldsNamed, Meta, Path, Type, Visibility};

use super::rules;
use crate::text::source_text;
use crate::types::{arc_content, component_type};

/// A struct that derives `Container`.
pub(super) struct Container {
    pub(super) name: Ident,
    pub(super) visibility: Visibility,
    pub(super) fields: Vec<Field>,
    /// `#[container(deny(unused))]`
    pub(super) denies_unused: bool,
}

/// A field of it.
pub(super) struct Field {
    pub(super) name: Ident,
    pub(super) ty: Type,
    /// The type, as it is written.
    pub(super) type_text: String,
    pub(super) docs: Vec<Attribute>,
    /// Whether it can be read from outside its module.
    pub(super) is_visible: bool,
    pub(super) source: Source,
    /// The decorators, innermost first.
    pub(super) decorators: Vec<Type>,
    /// Whether an earlier field has the same type.
    pub(super) is_duplicate: bool,
}

/// How a field is made.
pub(super) enum Source {
    Input,
    Absent,
    Component(Type),
    Provide(Path),
    Alias {
        target: Ident,
    },
    Module,
    Import {
        module: Ident,
    },
    Shaku {
        module: Ident,
        interface: Box<Type>,
    },
    Collect {
        targets: Vec<Ident>,
    },
    Lazy {
        component: Type,
        view: Box<Type>,
    },
    Factory {
        component: Type,
        arguments: Box<Type>,
        view: Box<Type>,
        is_sync: bool,
    },
    /// In error.
    Unknown,
}

/// A node of the graph: a field, or a stage of a decorated one.
pub(super) struct Node<'a> {
    pub(super) field: &'a Field,
    /// How many decorators are in it; the last node of a field has all.
    pub(super) stage: usize,
    pub(super) index: usize,
}

impl<'a> Node<'a> {
    /// The decorator that this stage is, unless it is what the field is made of.
    pub(super) fn decorator(&self) -> Option<&'a Type> {
        self.stage.checked_sub(1).map(|decorator| &self.field.decorators[decorator])
    }

    /// Whether what it makes is constructed after the build.
    pub(super) fn is_later(&self) -> bool {
        self.decorator().is_none() && matches!(self.field.source, Source::Lazy { .. } | Source::Factory { .. })
    }

    /// Whether another stage is around it.
    pub(super) fn is_inner(&self) -> bool {
        self.stage < self.field.decorators.len()
    }

    /// Where to report what is wrong with how it is made.
    pub(super) fn span(&self) -> Span {
        match self.decorator() {
            Some(decorator) => decorator.span(),
            None => self.field.source_span(),
        }
    }
}

impl Container {
    /// Reads the fields. What is wrong goes to `errors`, and leaves a field whose source is unknown.
    pub(super) fn new(input: &DeriveInput, fields: &FieldsNamed, errors: &mut Vec<Error>) -> Container {
        let names: Vec<Ident> = fields.named.iter().filter_map(|field| field.ident.clone()).collect();
        let mut read: Vec<Field> = Vec::new();
        let mut by_type: BTreeMap<String, &Ident> = BTreeMap::new();
        for (field, name) in fields.named.iter().zip(&names) {
            let source = Source::read(name, field, &names, errors).unwrap_or_else(|error| {
                errors.extend(error);
                Source::Unknown
            });
            // Types that are written alike. The compiler finds those that are the same all the same.
            let type_text = source_text(&field.ty);
            let twin = by_type.get(&type_text).copied();
            errors.extend(twin.map(|twin| rules::two_of_a_type(&input.ident, name, &field.ty, twin)));
            by_type.entry(type_text.clone()).or_insert(name);
            let decorators = rules::decorators(field, &source).unwrap_or_else(|error| {
                errors.push(error);
                Vec::new()
            });
            read.push(Field {
                name: name.clone(),
                ty: field.ty.clone(),
                type_text,
                decorators,
                docs: field.attrs.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect(),
                source,
                is_visible: !matches!(field.vis, Visibility::Inherited),
                is_duplicate: twin.is_some(),
            });
        }
        for at in 0..read.len() {
            if let Err(error) = rules::importable(&read, &read[at]) {
                errors.push(error);
                read[at].source = Source::Unknown;
            }
        }
        let denies_unused = rules::options(&input.attrs).unwrap_or_else(|error| {
            errors.push(error);
            false
        });
        Container { name: input.ident.clone(), visibility: input.vis.clone(), fields: read, denies_unused }
    }

    /// The nodes, those of a field one after the other, innermost first.
    pub(super) fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        let stages = |field| (0..=Field::stages(field)).map(move |stage| (field, stage));
        self.fields.iter().flat_map(stages).enumerate().map(|(index, (field, stage))| Node { field, stage, index })
    }

    /// The fields, each with the index of its last node.
    pub(super) fn indexed_fields(&self) -> impl Iterator<Item = (usize, &Field)> {
        self.nodes().filter(|node| !node.is_inner()).map(|node| (node.index, node.field))
    }

    /// Whether a constructor is called after the build.
    pub(super) fn has_later(&self) -> bool {
        self.fields.iter().any(|field| matches!(field.source, Source::Lazy { .. } | Source::Factory { .. }))
    }

    /// The builder's type, such as `AppBuilder`.
    pub(super) fn builder(&self) -> Ident {
        builder(&self.name)
    }

    /// The slice's type, such as `AppSlice`.
    pub(super) fn slice(&self) -> Ident {
        slice(&self.name)
    }

    /// The struct of the fields while they are being built.
    pub(super) fn partial(&self) -> Ident {
        format_ident!("__{}Fields", self.name.unraw())
    }

    /// Index of the field's node.
    pub(super) fn index(&self, name: &Ident) -> usize {
        let found = self.indexed_fields().find(|(_, field)| field.name == *name);
        found.expect("the rules have checked the name").0
    }

    /// The field of this name.
    pub(super) fn field(&self, name: &Ident) -> &Field {
        self.fields.iter().find(|field| field.name == *name).expect("the rules have checked the name")
    }
}

pub(super) fn builder(container: &Ident) -> Ident {
    format_ident!("{}Builder", container.unraw(), span = container.span())
}

pub(super) fn slice(container: &Ident) -> Ident {
    format_ident!("{}Slice", container.unraw(), span = container.span())
}

impl Field {
    /// `T` of a field of type `Arc<T>`.
    pub(super) fn arc_content(&self) -> Option<&Type> {
        arc_content(&self.ty)
    }

    pub(super) fn is_input(&self) -> bool {
        matches!(self.source, Source::Input)
    }

    /// The setter, such as `with_clock`.
    pub(super) fn setter(&self) -> Ident {
        setter(&self.name)
    }

    /// Where to report what is wrong with how the field is made.
    pub(super) fn source_span(&self) -> Span {
        match &self.source {
            Source::Component(ty) => ty.span(),
            Source::Provide(path) => path.span(),
            Source::Alias { target } => target.span(),
            Source::Import { module } | Source::Shaku { module, .. } => module.span(),
            Source::Collect { targets } => targets.first().map_or(self.name.span(), |target| target.span()),
            Source::Lazy { component, .. } | Source::Factory { component, .. } => component.span(),
            Source::Module => self.ty.span(),
            Source::Input | Source::Absent | Source::Unknown => self.name.span(),
        }
    }

    fn stages(&self) -> usize {
        self.decorators.len()
    }

    pub(super) fn is_module(&self) -> bool {
        matches!(self.source, Source::Module)
    }

    /// Where a module's overrides are until it is built.
    pub(super) fn module_overrides(&self) -> Ident {
        format_ident!("__overrides_of_{}", self.name.unraw())
    }
}

pub(super) fn setter(field: &Ident) -> Ident {
    format_ident!("with_{}", field.unraw(), span = field.span())
}

impl Source {
    /// What the attributes say. An error without a text is one that the compiler reports by itself.
    fn read(
        name: &Ident,
        field: &syn::Field,
        names: &[Ident],
        errors: &mut Vec<Error>,
    ) -> Result<Source, Option<Error>> {
        let attribute = rules::one_source(name, field)?;
        let source = match rules::attribute_name(attribute).as_str() {
            "input" => {
                errors.extend(rules::bare(attribute).err());
                Ok(Source::Input)
            }
            "absent" => rules::bare(attribute).and_then(|()| rules::absent(name, &field.ty)).map(|()| Source::Absent),
            "module" => rules::bare(attribute).and_then(|()| rules::module_name(name)).map(|()| Source::Module),
            "component" => match &attribute.meta {
                Meta::Path(_) => rules::buildable(attribute, name, &field.ty)
                    .map(|()| Source::Component(component_type(&field.ty).clone())),
                _ => rules::argument(attribute, "Type").map(Source::Component),
            },
            "provide" => rules::argument(attribute, "function").map(Source::Provide),
            "import" => rules::argument(attribute, "module").and_then(|module| {
                rules::another_field(name, &module, names)?;
                Ok(Source::Import { module })
            }),
            "shaku" => rules::argument(attribute, "module").and_then(|module| {
                rules::another_field(name, &module, names)?;
                let interface = Box::new(rules::interface(name, &field.ty)?.clone());
                Ok(Source::Shaku { module, interface })
            }),
            "collect" => rules::collect(name, attribute, &field.ty, names).map(|targets| Source::Collect { targets }),
            "lazy" => rules::argument(attribute, "Type").and_then(|component| {
                let view = Box::new(rules::lazy(name, &field.ty)?.clone());
                Ok(Source::Lazy { component, view })
            }),
            "factory" => rules::argument(attribute, "Type").and_then(|component| {
                let (is_sync, arguments, view) = rules::factory(name, &field.ty)?;
                Ok(Source::Factory {
                    component,
                    arguments: Box::new(arguments.clone()),
                    view: Box::new(view.clone()),
                    is_sync,
                })
            }),
            _ => rules::argument(attribute, "field").and_then(|target| {
                rules::another_field(name, &target, names)?;
                Ok(Source::Alias { target })
            }),
        };
        source.map_err(Some)
    }
}
