//! Implementations of `Next` and `NextSync`, which generated code passes to an interceptor.

use std::fmt::Debug;
use std::future::Future;

use super::call::{Arguments, Visit};
use super::probe::{AsDebug, CloneBy};
use super::{Call, Method, Next, NextSync, Outputs};

/// Operations on a method's arguments and its output.
pub struct Abilities<A, O> {
    /// Clones the arguments.
    pub clone: Option<CloneBy<A>>,
    /// Visits the arguments.
    pub visit: for<'a, 'v, 'w> fn(&'a A, &'v mut Visit<'w>),
    /// Operations on an output.
    pub outputs: Outputs<O>,
}

/// Passes an argument to `visit`.
pub fn show<T>(visit: &mut Visit<'_>, name: &'static str, argument: &T, as_debug: Option<AsDebug<T>>) {
    visit(name, as_debug.map(|as_debug| -> &dyn Debug { as_debug(argument) }));
}

/// A call of the method `run` with the arguments `A`. The abilities are a stateless function, so they take no space and
/// the compiler can inline them.
struct Forward<A, F, K> {
    method: &'static Method,
    arguments: A,
    run: F,
    abilities: K,
}

/// Creates a call of an async method.
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

/// Creates a call of a sync method.
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

/// A separate type, because the return type does not determine whether a method is async.
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
