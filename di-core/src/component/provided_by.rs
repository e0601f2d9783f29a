//! Parameters of functions and closures that provide a value without `#[provider]`.

use crate::container::{BorrowedFieldOf, CloneFieldOf, Container};
use crate::graph::Constructor;

/// A parameter of a function in `#[provide(Type::function)]` or of a closure: `&T` borrows from a field, and `T` takes a
/// clone of one. `M` is the one or the other, and is inferred.
#[diagnostic::on_unimplemented(
    message = "container `{C}` has no field for a parameter of type `{Self}`",
    label = "needs a field for a parameter `{Self}`",
    note = "a parameter `&T` needs a field of type `Arc<T>` or `T`; a parameter `T` needs a field of type `T`, which must be `Clone`"
)]
pub trait Parameter<'fields, C: Container, M> {
    /// Index of the field.
    const INDEX: usize;

    /// Reads the field.
    fn read(fields: &'fields C::Fields) -> Self;
}

/// Marks a parameter `&T`.
pub enum Borrowed {}

/// Marks a parameter `T`.
pub enum Cloned {}

impl<'fields, C: Container, T: BorrowedFieldOf<C> + ?Sized> Parameter<'fields, C, Borrowed> for &'fields T {
    const INDEX: usize = T::INDEX;

    fn read(fields: &'fields C::Fields) -> Self {
        T::borrowed(fields)
    }
}

impl<C: Container, T: CloneFieldOf<C>> Parameter<'_, C, Cloned> for T {
    const INDEX: usize = T::INDEX;

    fn read(fields: &C::Fields) -> Self {
        T::cloned(fields)
    }
}

/// A tuple of parameters.
pub trait Parameters<'fields, C: Container, M> {
    /// Indexes of the fields.
    const INDEXES: &'static [usize];

    /// Reads the fields.
    fn read(fields: &'fields C::Fields) -> Self;
}

/// A function with the parameters `A`, a tuple.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot provide the value of a field",
    label = "not a function with at most eight parameters"
)]
pub trait Function<A> {
    /// The return type.
    type Returned;

    /// Calls the function.
    fn call(&self, arguments: A) -> Self::Returned;
}

macro_rules! parameters {
    ($($P:ident $M:ident $value:ident),*) => {
        impl<'fields, C: Container, $($P: Parameter<'fields, C, $M>, $M),*> Parameters<'fields, C, ($($M,)*)>
            for ($($P,)*)
        {
            const INDEXES: &'static [usize] = &[$($P::INDEX),*];

            #[allow(unused_variables, clippy::unused_unit)]
            fn read(fields: &'fields C::Fields) -> Self {
                ($($P::read(fields),)*)
            }
        }

        impl<F: Fn($($P),*) -> R, R, $($P),*> Function<($($P,)*)> for F {
            type Returned = R;

            fn call(&self, ($($value,)*): ($($P,)*)) -> R {
                self($($value),*)
            }
        }
    };
}

parameters!();
parameters!(A MA a);
parameters!(A MA a, B MB b);
parameters!(A MA a, B MB b, D MD d);
parameters!(A MA a, B MB b, D MD d, E ME e);
parameters!(A MA a, B MB b, D MD d, E ME e, G MG g);
parameters!(A MA a, B MB b, D MD d, E ME e, G MG g, H MH h);
parameters!(A MA a, B MB b, D MD d, E ME e, G MG g, H MH h, I MI i);
parameters!(A MA a, B MB b, D MD d, E ME e, G MG g, H MH h, I MI i, J MJ j);

/// The fields that a function takes as its parameters `A`.
pub struct ParametersOf<'fields, C: Container, A> {
    constructor: Constructor,
    read: fn(&'fields C::Fields) -> A,
}

impl<'fields, C: Container, A> ParametersOf<'fields, C, A> {
    /// Describes the function.
    pub const fn constructor(self) -> Constructor {
        self.constructor
    }

    /// Reads the fields.
    pub fn read(self, fields: &'fields C::Fields) -> A {
        (self.read)(fields)
    }
}

/// Returns the parameters of a function.
pub const fn parameters_of<'fields, C: Container, F: Function<A>, A: Parameters<'fields, C, M>, M>(
    _: &F,
) -> ParametersOf<'fields, C, A> {
    parameters::<C, A, M>()
}

/// Returns the parameters of a closure from their types.
pub const fn parameters<'fields, C: Container, A: Parameters<'fields, C, M>, M>() -> ParametersOf<'fields, C, A> {
    ParametersOf { constructor: Constructor::new(A::INDEXES), read: A::read }
}
