//! Tests as the user wrote them.

use syn::{FnArg, PatType, Result, Signature, Type};

use super::attr::{self, Settings, Strategy};

/// A function with `#[testkit::test]`.
pub(crate) struct Test {
    pub(crate) settings: Settings,
    pub(crate) parameters: Vec<Parameter>,
}

/// A parameter of a test: the simulation or an input.
pub(crate) struct Parameter {
    /// The parameter as written, without `#[strategy(..)]`.
    pub(crate) declaration: PatType,
    pub(crate) strategy: Option<Strategy>,
}

/// A parameter with `#[strategy(..)]`.
pub(crate) struct Input<'a> {
    pub(crate) declaration: &'a PatType,
    pub(crate) strategy: &'a Strategy,
}

impl Test {
    /// Reads the parameters of a test.
    ///
    /// # Errors
    /// Returns an error if a `#[strategy(..)]` cannot be parsed.
    pub(crate) fn new(settings: Settings, signature: &Signature) -> Result<Test> {
        let mut parameters = Vec::new();
        for parameter in &signature.inputs {
            // `self` is not allowed in a test; rustc reports the error.
            let FnArg::Typed(declaration) = parameter else { continue };
            let mut declaration = declaration.clone();
            let strategy = attr::take_strategy(&mut declaration)?;
            parameters.push(Parameter { declaration, strategy });
        }
        Ok(Test { settings, parameters })
    }

    /// The parameter that takes the simulation.
    pub(crate) fn sim(&self) -> Option<&PatType> {
        self.parameters.iter().find(|parameter| parameter.is_sim()).map(|parameter| &parameter.declaration)
    }

    pub(crate) fn inputs(&self) -> impl Iterator<Item = Input<'_>> {
        self.parameters.iter().filter_map(|Parameter { declaration, strategy }| {
            strategy.as_ref().map(|strategy| Input { declaration, strategy })
        })
    }
}

impl Parameter {
    /// Returns whether the type is written as `Sim`, or as a path to it.
    pub(crate) fn is_sim(&self) -> bool {
        let Type::Path(path) = &*self.declaration.ty else { return false };
        path.path.segments.last().is_some_and(|last| last.ident == "Sim")
    }
}
