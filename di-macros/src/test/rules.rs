//! The rules for tests. Each error is reported on the token that the user wrote.

use syn::{Error, ItemFn, Result};

use super::attr::{SettingValue, Strategy};
use super::model::{Parameter, Test};
use crate::syntax::source_text::source_text;

/// Maximum number of inputs of a test. Proptest combines up to twelve strategies in a tuple.
const MAX_INPUTS: usize = 12;

/// Checks a test, and returns the first error.
pub(crate) fn check(test: &Test, function: &ItemFn) -> Result<()> {
    test.settings.explorer.iter().try_for_each(|setting| schedule_version(&setting.value))?;
    signature(function)?;
    let mut inputs = 0;
    for (position, parameter) in test.parameters.iter().enumerate() {
        inputs += usize::from(parameter.strategy.is_some());
        self::parameter(position, parameter, inputs)?;
    }
    match &test.settings.config {
        Some(config) if inputs == 0 => {
            let message = "`config` configures the inputs of a test, and this test has none: add a parameter with \
                           `#[strategy(..)]`";
            Err(Error::new_spanned(&config.name, message))
        }
        _ => Ok(()),
    }
}

fn schedule_version(value: &SettingValue) -> Result<()> {
    match value {
        SettingValue::Schedule(text) if !text.value().starts_with("v1:") => {
            let message = "a schedule begins with `v1:`: copy the value of `TESTKIT_REPLAY` from a report";
            Err(Error::new(text.span(), message))
        }
        _ => Ok(()),
    }
}

fn signature(function: &ItemFn) -> Result<()> {
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        return Err(Error::new(signature.fn_token.span, "a `#[testkit::test]` must be an `async fn`"));
    }
    if !signature.generics.params.is_empty() {
        return Err(Error::new_spanned(&signature.generics, "a test cannot be generic"));
    }
    Ok(())
}

/// Checks a parameter. `inputs` is the number of inputs up to and including it.
fn parameter(position: usize, parameter: &Parameter, inputs: usize) -> Result<()> {
    let declaration = &parameter.declaration;
    match &parameter.strategy {
        Some(Strategy { attribute, .. }) if parameter.is_sim() => {
            Err(Error::new_spanned(attribute, "the simulation is not an input: remove `#[strategy(..)]`"))
        }
        Some(_) if inputs > MAX_INPUTS => {
            let message = format!("a test takes at most {MAX_INPUTS} inputs: group some of them in a tuple");
            Err(Error::new_spanned(declaration, message))
        }
        None if parameter.is_sim() && position > 0 => {
            Err(Error::new_spanned(declaration, "`sim: Sim` must be the first parameter"))
        }
        None if !parameter.is_sim() => {
            let name = source_text(&declaration.pat);
            let message = format!(
                "`{name}` needs a strategy: add `#[strategy(..)]` with a proptest strategy; only `sim: Sim` needs none"
            );
            Err(Error::new_spanned(declaration, message))
        }
        Some(_) | None => Ok(()),
    }
}
