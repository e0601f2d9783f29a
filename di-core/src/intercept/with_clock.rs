//! Components that consist of the clock and a policy, which is itself a component.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::ambient::Clock;
use crate::component::Component;
use crate::container::generated::cloned_arc;
use crate::container::{ArcFieldOf, Container};
use crate::graph::Constructor;

/// Maximum number of dependencies of a policy.
const MAX_DEPENDENCIES: usize = 16;

/// The constructor of a component with a `P` and a clock.
pub(super) struct WithClock<C, P>(PhantomData<(C, P)>);

impl<C: Container, P: Component<C>> WithClock<C, P>
where
    dyn Clock: ArcFieldOf<C>,
{
    const OF_POLICY: &'static [usize] = P::CONSTRUCTOR.dependencies();

    /// The length of an array cannot depend on a type parameter, so only a part is used.
    const ALL: &'static [usize; MAX_DEPENDENCIES + 1] = &{
        assert!(Self::OF_POLICY.len() <= MAX_DEPENDENCIES, "the constructor of a policy has at most 16 parameters");
        let mut all = [0; MAX_DEPENDENCIES + 1];
        let mut at = 0;
        while at < Self::OF_POLICY.len() {
            all[at] = Self::OF_POLICY[at];
            at += 1;
        }
        all[at] = <dyn Clock as ArcFieldOf<C>>::INDEX;
        all
    };

    pub(super) const CONSTRUCTOR: Constructor = Constructor::new(Self::ALL.split_at(Self::OF_POLICY.len() + 1).0)
        .with_async(P::CONSTRUCTOR.is_async())
        .refused(if P::CONSTRUCTOR.has_hooks() {
            Some(
                "a policy cannot have `#[start]`, `#[run]` or `#[stop]`: move them to a separate component, and inject it \
                     into the policy",
            )
        } else {
            None
        });

    pub(super) fn clock(fields: &C::Fields) -> Arc<dyn Clock> {
        cloned_arc::<C, dyn Clock>(fields)
    }
}

/// Implements `Component` for an interceptor with the function `new(policy, clock)`.
macro_rules! component_of_policy_and_clock {
    ($Interceptor:ident: $Policy:ident) => {
        impl<C: $crate::container::Container, P: $Policy + $crate::component::Component<C>>
            $crate::component::Component<C> for $Interceptor<P>
        where
            dyn $crate::ambient::Clock: $crate::container::ArcFieldOf<C>,
        {
            const CONSTRUCTOR: $crate::graph::Constructor =
                $crate::intercept::with_clock::WithClock::<C, P>::CONSTRUCTOR;

            fn construct(fields: &C::Fields) -> Result<Self, $crate::internal::BoxError> {
                let clock = $crate::intercept::with_clock::WithClock::<C, P>::clock(fields);
                Ok($Interceptor::new(P::construct(fields)?, clock))
            }

            fn construct_async(
                fields: &C::Fields,
            ) -> $crate::internal::BoxFuture<Result<Self, $crate::internal::BoxError>> {
                let clock = $crate::intercept::with_clock::WithClock::<C, P>::clock(fields);
                let policy = P::construct_async(fields);
                Box::pin(async move { Ok($Interceptor::new(policy.await?, clock)) })
            }

            fn build(
                fields: &mut C::Fields,
                phase: $crate::container::generated::Phase,
            ) -> $crate::container::generated::Step<Self> {
                if P::CONSTRUCTOR.is_async() {
                    $crate::container::generated::step_async(phase, || Self::construct_async(fields))
                } else {
                    $crate::container::generated::Step::of(Self::construct(fields))
                }
            }

            fn build_shared(
                fields: &mut C::Fields,
                _node: usize,
                phase: $crate::container::generated::Phase,
            ) -> $crate::container::generated::Step<std::sync::Arc<Self>> {
                $crate::container::generated::into_arc(Self::build(fields, phase))
            }
        }
    };
}

pub(super) use component_of_policy_and_clock;
