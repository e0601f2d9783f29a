//! Implementations of [`Next`] and [`NextSync`] for generated code.

use std::fmt::Debug;
use std::future::Future;

use super::call::{Arguments, Visit};
use super::probe::{AsDebug, CloneBy};
use super::{Call, Method, Next, NextSync, Outputs};

/// Functions on the arguments and the output of a method.
pub struct Abilities<A, O> {
    /// Clones the arguments, if all are `Clone`.
    pub clone: Option<CloneBy<A>>,
    /// Passes the arguments to a visitor.
    pub visit: for<'a, 'v, 'w> fn(&'a A, &'v mut Visit<'w>),
    /// Functions on the output.
    pub outputs: Outputs<O>,
}

/// Passes an argument to a visitor.
pub fn show<T>(visit: &mut Visit<'_>, name: &'static str, argument: &T, as_debug: Option<AsDebug<T>>) {
    visit(name, as_debug.map(|as_debug| -> &dyn Debug { as_debug(argument) }));
}

/// Call of the method `run` with the arguments `A`.
///
/// `abilities` is a function without state: it takes no space, and the compiler can inline it.
struct Forward<A, F, K> {
    method: &'static Method,
    arguments: A,
    run: F,
    abilities: K,
}

/// Creates the call of an async method.
pub fn forward<A, O, F, R, K>(method: &'static Method, arguments: A, run: F, abilities: K) -> impl Next<Output = O>
where
    A: Send,
    O: Send,
    F: Fn(A) -> R + Send,
    R: Future<Output = O> + Send,
    K: Fn() -> Abilities<A, O> + Send,
{
    Forward { method, arguments, run, abilities }
}

/// Creates the call of a sync method.
pub fn forward_sync<A, O, F, K>(
    method: &'static Method,
    arguments: A,
    run: F,
    abilities: K,
) -> impl NextSync<Output = O>
where
    F: Fn(A) -> O,
    K: Fn() -> Abilities<A, O>,
{
    ForwardSync(Forward { method, arguments, run, abilities })
}

impl<A, O, F, R, K> Next for Forward<A, F, K>
where
    A: Send,
    O: Send,
    F: Fn(A) -> R + Send,
    R: Future<Output = O> + Send,
    K: Fn() -> Abilities<A, O> + Send,
{
    type Output = O;
    type Future = R;

    fn call(&self) -> Call<'_> {
        Call::new(self.method, self)
    }

    fn method(&self) -> &'static Method {
        self.method
    }

    fn run(self) -> R {
        (self.run)(self.arguments)
    }

    fn attempt(&mut self) -> Option<R> {
        let clone = (self.abilities)().clone?;
        Some((self.run)(clone(&self.arguments)))
    }

    fn outputs(&self) -> Outputs<O> {
        (self.abilities)().outputs
    }
}

/// Call of a sync method. A separate type, because the return type alone does not determine whether a method is async.
struct ForwardSync<A, F, K>(Forward<A, F, K>);

impl<A, O, F: Fn(A) -> O, K: Fn() -> Abilities<A, O>> NextSync for ForwardSync<A, F, K> {
    type Output = O;

    fn call(&self) -> Call<'_> {
        Call::new(self.0.method, &self.0)
    }

    fn method(&self) -> &'static Method {
        self.0.method
    }

    fn run(self) -> O {
        (self.0.run)(self.0.arguments)
    }

    fn attempt(&mut self) -> Option<O> {
        let clone = (self.0.abilities)().clone?;
        Some((self.0.run)(clone(&self.0.arguments)))
    }

    fn outputs(&self) -> Outputs<O> {
        (self.0.abilities)().outputs
    }
}

impl<A, O, F, K: Fn() -> Abilities<A, O>> Arguments for Forward<A, F, K> {
    fn visit(&self, visit: &mut Visit<'_>) {
        ((self.abilities)().visit)(&self.arguments, visit);
    }
}
