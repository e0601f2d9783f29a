//! Components constructed from a clock and a policy, which is itself a component.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::ambient::Clock;
use crate::slot::cloned_arc;
use crate::{ArcSlot, Component, Constructor, Container};

/// Maximum number of dependencies of a policy.
const MOST: usize = 16;

/// Constructor of a component that has a policy `P` and a clock.
pub(super) struct WithClock<C, P>(PhantomData<(C, P)>);

impl<C: Container, P: Component<C>> WithClock<C, P>
where
    dyn Clock: ArcSlot<C>,
{
    const OF_POLICY: &'static [usize] = P::CONSTRUCTOR.dependencies();

    /// Dependencies of the policy, then the clock. The length of an array cannot depend on a type parameter, so only
    /// the first part is used.
    const ALL: &'static [usize; MOST + 1] = &{
        assert!(Self::OF_POLICY.len() <= MOST, "the constructor of a policy has at most 16 parameters");
        let mut all = [0; MOST + 1];
        let mut at = 0;
        while at < Self::OF_POLICY.len() {
            all[at] = Self::OF_POLICY[at];
            at += 1;
        }
        all[at] = <dyn Clock as ArcSlot<C>>::INDEX;
        all
    };

    pub(super) const CONSTRUCTOR: Constructor = Constructor::new(Self::ALL.split_at(Self::OF_POLICY.len() + 1).0)
        .with_async(P::CONSTRUCTOR.is_async())
        .refused(if P::CONSTRUCTOR.has_hooks() {
            Some(
                "a policy cannot have `#[start]`, `#[run]` or `#[stop]`: move them to a separate component, and inject \
                     that into the policy",
            )
        } else {
            None
        });

    pub(super) fn clock(fields: &C::Fields) -> Arc<dyn Clock> {
        cloned_arc::<C, dyn Clock>(fields)
    }
}

/// Implements `Component` for an interceptor with a function `new(policy, clock)`.
macro_rules! component_of_policy_and_clock {
    ($Interceptor:ident: $Policy:ident) => {
        impl<C: $crate::Container, P: $Policy + $crate::Component<C>> $crate::Component<C> for $Interceptor<P>
        where
            dyn $crate::ambient::Clock: $crate::ArcSlot<C>,
        {
            const CONSTRUCTOR: $crate::Constructor = $crate::intercept::with_clock::WithClock::<C, P>::CONSTRUCTOR;

            fn construct(fields: &C::Fields) -> Result<Self, $crate::BoxError> {
                let clock = $crate::intercept::with_clock::WithClock::<C, P>::clock(fields);
                Ok($Interceptor::new(P::construct(fields)?, clock))
            }

            fn construct_async(fields: &C::Fields) -> $crate::BoxFuture<Result<Self, $crate::BoxError>> {
                let clock = $crate::intercept::with_clock::WithClock::<C, P>::clock(fields);
                let policy = P::construct_async(fields);
                Box::pin(async move { Ok($Interceptor::new(policy.await?, clock)) })
            }

            fn build(fields: &mut C::Fields, phase: $crate::build::Phase) -> Result<Self, $crate::build::Started> {
                if P::CONSTRUCTOR.is_async() {
                    $crate::build::awaited(phase, || Self::construct_async(fields))
                } else {
                    Self::construct(fields).map_err($crate::build::Started::Failed)
                }
            }

            fn build_shared(
                fields: &mut C::Fields,
                _node: usize,
                phase: $crate::build::Phase,
            ) -> Result<std::sync::Arc<Self>, $crate::build::Started> {
                $crate::build::shared(Self::build(fields, phase))
            }
        }
    };
}

pub(super) use component_of_policy_and_clock;
