//! Sources of the generated crates: the same components, wired in different ways.

use std::fmt::Write;

use crate::generated::GeneratedCrate;

/// Wiring of the components in a generated crate.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Style {
    ByHand,
    Container,
    /// A container with async constructors.
    AsyncContainer,
    /// A shaku module.
    Shaku,
    /// A shaku module with traits that all have a method of the same name.
    ShakuEqualNames,
}

impl Style {
    /// All styles. `ByHand` comes first, because the others are compared with it.
    pub(crate) const ALL: [Style; 5] =
        [Style::ByHand, Style::Container, Style::AsyncContainer, Style::Shaku, Style::ShakuEqualNames];

    /// Returns the name of the crate.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Style::ByHand => "by-hand",
            Style::Container => "container",
            Style::AsyncContainer => "async-container",
            Style::Shaku => "by-shaku",
            Style::ShakuEqualNames => "by-shaku-equal-names",
        }
    }

    pub(crate) fn caption(self) -> &'static str {
        match self {
            Style::ByHand => "by hand",
            Style::Container => "di-core",
            Style::AsyncContainer => "di-core, async constructors",
            Style::Shaku => "shaku",
            Style::ShakuEqualNames => "shaku, equal method names",
        }
    }

    /// Returns the lines under `[dependencies]`.
    pub(crate) fn dependencies(self) -> String {
        match self {
            Style::ByHand => String::new(),
            Style::Container | Style::AsyncContainer => GeneratedCrate::di_core(),
            Style::Shaku | Style::ShakuEqualNames => "shaku = \"0.6\"".to_owned(),
        }
    }

    pub(crate) fn is_shaku(self) -> bool {
        matches!(self, Style::Shaku | Style::ShakuEqualNames)
    }

    /// Returns the name of the method of the trait at `index`.
    fn method(self, index: usize) -> String {
        if self == Style::ShakuEqualNames { "value".to_owned() } else { format!("value_{index}") }
    }
}

/// Returns the source of a crate with this number of components.
pub(crate) fn source(style: Style, components: usize) -> String {
    let mut source = String::from("#![allow(dead_code)]\n\nuse std::sync::Arc;\n");
    source += match style {
        Style::ByHand => "",
        Style::Container | Style::AsyncContainer => "use di_core::{Container, component};\n",
        Style::Shaku | Style::ShakuEqualNames => "use shaku::{Component, HasComponent, Interface, module};\n",
    };
    for index in 0..components {
        component(style, index, &mut source);
    }
    container(style, components, &mut source);
    source
}

/// Returns the dependencies of the component at `index`.
fn dependencies(index: usize) -> impl Iterator<Item = usize> {
    [1, 2, 7].into_iter().filter_map(move |back| index.checked_sub(back))
}

/// Formats each dependency with `words`, and joins the texts with spaces.
fn each(index: usize, words: impl Fn(usize) -> String) -> String {
    dependencies(index).map(words).collect::<Vec<_>>().join(" ")
}

fn component(style: Style, index: usize, source: &mut String) {
    let method = style.method(index);
    let supertraits = if style.is_shaku() { "Interface" } else { "Send + Sync" };
    let (derive, inject) = if style.is_shaku() {
        (format!("#[derive(Component)]\n#[shaku(interface = Trait{index})]\n"), "#[shaku(inject)] ")
    } else {
        (String::new(), "")
    };
    let fields = each(index, |other| format!("{inject}needs_{other}: Arc<dyn Trait{other}>,"));
    let value = match dependencies(index).next() {
        Some(other) => format!("self.needs_{other}.{}()", style.method(other)),
        None => "1".to_owned(),
    };
    _ = write!(
        source,
        "
pub trait Trait{index}: {supertraits} {{
    fn {method}(&self) -> u64;
}}

{derive}pub struct Type{index} {{ {fields} }}

impl Trait{index} for Type{index} {{
    fn {method}(&self) -> u64 {{
        {value}
    }}
}}
"
    );
    let attribute = match style {
        Style::ByHand => "",
        Style::Container | Style::AsyncContainer => "#[component]\n",
        Style::Shaku | Style::ShakuEqualNames => return,
    };
    let asyncness = if style == Style::AsyncContainer { "async " } else { "" };
    let parameters = each(index, |other| format!("needs_{other}: Arc<dyn Trait{other}>,"));
    let arguments = each(index, |other| format!("needs_{other},"));
    _ = write!(
        source,
        "
{attribute}impl Type{index} {{
    pub {asyncness}fn new({parameters}) -> Self {{
        Type{index} {{ {arguments} }}
    }}
}}
"
    );
}

fn container(style: Style, components: usize, source: &mut String) {
    let all = |words: &dyn Fn(usize) -> String| (0..components).map(words).collect::<String>();
    let last = components - 1;
    let method = style.method(last);
    *source += &match style {
        Style::ByHand => {
            let fields = all(&|index| format!("    pub field_{index}: Arc<dyn Trait{index}>,\n"));
            let lets = all(&|index| {
                let arguments = each(index, |other| format!("field_{other}.clone(),"));
                format!("    let field_{index}: Arc<dyn Trait{index}> = Arc::new(Type{index}::new({arguments}));\n")
            });
            let names = all(&|index| format!("field_{index}, "));
            format!(
                "
pub struct App {{
{fields}}}

fn build() -> App {{
{lets}    App {{ {names} }}
}}

fn main() {{
    println!(\"{{}}\", build().field_{last}.{method}());
}}
"
            )
        }
        Style::Container | Style::AsyncContainer => {
            let fields =
                all(&|index| format!("    #[component(Type{index})]\n    pub field_{index}: Arc<dyn Trait{index}>,\n"));
            let build = if style == Style::Container {
                "    let app = App::builder().build_sync().unwrap();"
            } else {
                "    let mut build = std::pin::pin!(App::builder().build());
    let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Ok(app)) = build.as_mut().poll(context) else { return };"
            };
            format!(
                "
#[derive(Container)]
pub struct App {{
{fields}}}

fn main() {{
{build}
    println!(\"{{}}\", app.field_{last}.{method}());
}}
"
            )
        }
        Style::Shaku | Style::ShakuEqualNames => {
            let names = all(&|index| format!("Type{index}, "));
            format!(
                "
module! {{
    App {{
        components = [{names}],
        providers = []
    }}
}}

fn main() {{
    let app = App::builder().build();
    let last: &dyn Trait{last} = app.resolve_ref();
    println!(\"{{}}\", last.{method}());
}}
"
            )
        }
    };
}
