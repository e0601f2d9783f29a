//! Parsers for the settings of `#[testkit::test]`, and for `#[strategy(..)]` on parameters.

use proc_macro2::{Ident, TokenStream};
use syn::meta::ParseNestedMeta;
use syn::parse::Parser;
use syn::{Attribute, Error, Expr, ExprLit, Lit, LitStr, Meta, PatType, Path, Result, Token};

use crate::syntax::duration::milliseconds;
use crate::syntax::source_text::source_text;
use crate::syntax::suggestion::nearest;

const SETTINGS: [&str; 18] = [
    "schedules",
    "time",
    "scheduler",
    "exhaustive",
    "seed",
    "preempt",
    "replay",
    "max_steps",
    "max_virtual_time",
    "max_poll_time",
    "allow_leaks",
    "allow_late_wakes",
    "shrink",
    "jobs",
    "check_determinism",
    "regressions",
    "timeline",
    "config",
];

/// The settings that can be written without a value, which means `true`.
const FLAGS: [&str; 6] = ["preempt", "allow_leaks", "shrink", "check_determinism", "regressions", "timeline"];

/// The arguments of `#[testkit::test]`.
pub(crate) struct Settings {
    pub(crate) explorer: Vec<Setting>,
    pub(crate) config: Option<Config>,
}

/// A setting of `testkit::Explorer`, named after the method that applies it.
pub(crate) struct Setting {
    pub(crate) name: Ident,
    pub(crate) value: SettingValue,
}

/// The value of a setting.
pub(crate) enum SettingValue {
    True,
    Milliseconds(u64),
    Scheduler(Scheduler),
    /// The text of a `testkit::Schedule`.
    Schedule(LitStr),
    Expression(Box<Expr>),
}

/// The value of the setting `scheduler`: a variant of `testkit::Scheduler`.
pub(crate) struct Scheduler {
    /// The name of the variant.
    pub(crate) variant: Ident,
    /// The depth of PCT; `None` for other schedulers.
    pub(crate) depth: Option<u32>,
}

/// `config = ..`: proptest's configuration.
pub(crate) struct Config {
    pub(crate) name: Path,
    pub(crate) value: Expr,
}

/// Parses the arguments of `#[testkit::test]`.
pub(crate) fn settings(arguments: TokenStream) -> Result<Settings> {
    let mut settings = Settings { explorer: Vec::new(), config: None };
    let parser = syn::meta::parser(|meta| {
        if meta.path.is_ident("config") {
            settings.config = Some(Config { value: meta.value()?.parse()?, name: meta.path });
        } else {
            settings.explorer.push(setting(&meta)?);
        }
        Ok(())
    });
    parser.parse2(arguments)?;
    Ok(settings)
}

fn setting(meta: &ParseNestedMeta<'_>) -> Result<Setting> {
    let Some(name) = meta.path.get_ident().filter(|name| SETTINGS.iter().any(|setting| name == setting)) else {
        let written = source_text(&meta.path);
        let help = match nearest(&written, SETTINGS) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the settings are {}", SETTINGS.map(|setting| format!("`{setting}`")).join(", ")),
        };
        return Err(meta.error(format!("`#[testkit::test]` has no setting `{written}`: {help}")));
    };
    let text = name.to_string();
    let value = if FLAGS.contains(&text.as_str()) && !meta.input.peek(Token![=]) {
        SettingValue::True
    } else {
        let value: Expr = meta.value()?.parse()?;
        match text.as_str() {
            "scheduler" => SettingValue::Scheduler(scheduler(&string(&value)?)?),
            "time" | "max_virtual_time" | "max_poll_time" | "allow_late_wakes" => {
                SettingValue::Milliseconds(milliseconds(&string(&value)?)?)
            }
            "replay" => SettingValue::Schedule(string(&value)?),
            _ => SettingValue::Expression(Box::new(value)),
        }
    };
    Ok(Setting { name: name.clone(), value })
}

fn string(value: &Expr) -> Result<LitStr> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(string), .. }) => Ok(string.clone()),
        other => Err(Error::new_spanned(other, "this setting takes a string: put the value in quotes")),
    }
}

fn scheduler(text: &LitStr) -> Result<Scheduler> {
    let name = text.value();
    let custom_depth = |name: &str| name.strip_prefix("pct(")?.strip_suffix(')')?.trim().parse::<u32>().ok();
    let (variant, depth) = match &*name {
        "auto" => ("Auto", None),
        "fifo" => ("Fifo", None),
        "random" => ("Random", None),
        "pct" => ("Pct", Some(3)),
        "pos" => ("Pos", None),
        "surw" => ("Surw", None),
        other => match custom_depth(other) {
            Some(depth) => ("Pct", Some(depth)),
            None => {
                let names = r#""auto", "fifo", "random", "pct", "pct(5)", "pos" or "surw""#;
                let message = format!("unknown scheduler `{other}`: expected {names}");
                return Err(Error::new(text.span(), message));
            }
        },
    };
    Ok(Scheduler { variant: Ident::new(variant, text.span()), depth })
}

/// `#[strategy(..)]` on a parameter.
pub(crate) struct Strategy {
    pub(crate) attribute: Attribute,
    pub(crate) expression: Expr,
}

/// Removes the `#[strategy(..)]` of a parameter and parses it.
pub(crate) fn take_strategy(parameter: &mut PatType) -> Result<Option<Strategy>> {
    let is_strategy = |attribute: &Attribute| attribute.path().is_ident("strategy");
    let Some(position) = parameter.attrs.iter().position(is_strategy) else { return Ok(None) };
    let attribute = parameter.attrs.remove(position);
    if let Some(second) = parameter.attrs.iter().find(|attribute| is_strategy(attribute)) {
        return Err(Error::new_spanned(second, "duplicate `#[strategy(..)]`: an input can have only one strategy"));
    }
    let expression = attribute.parse_args().map_err(|error| match &attribute.meta {
        Meta::List(list) if !list.tokens.is_empty() => error,
        _ => Error::new_spanned(&attribute, "`#[strategy]` needs a strategy, such as `#[strategy(0..10)]`"),
    })?;
    Ok(Some(Strategy { attribute, expression }))
}
