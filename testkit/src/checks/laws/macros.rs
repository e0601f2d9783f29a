//! The macro `laws!`, which declares a test for each subject.

/// Declares one test for each subject.
///
/// Each declaration has the kind, the test's name, the case, optional inputs, and a block that makes the subject.
///
/// ```
/// use std::time::Duration;
/// use futures_util::{StreamExt, stream};
///
/// testkit::laws! {
///     future a_sleep_is_lawful(_case) {
///         tokio::time::sleep(Duration::from_secs(60))
///     }
///
///     /// Ends only after the sender is dropped.
///     stream a_channel_is_lawful(case) {
///         let (sender, receiver) = futures_channel::mpsc::unbounded();
///         case.then(move || drop(sender.unbounded_send(1)));
///         receiver
///     }
///
///     stream pairs_are_lawful(_case, items in proptest::collection::vec(0..10, 0..5)) {
///         stream::iter(items).chunks(2)
///     }
///
///     stream chained_streams_are_lawful(_case, (first, second) in (0..3_usize, 0..3_usize)) {
///         stream::iter(0..first).chain(stream::iter(0..second))
///     }
///
///     sink [1, 2, 3] a_sender_is_lawful(case) {
///         let (sender, mut receiver) = futures_channel::mpsc::channel::<i32>(1);
///         let mut received = Vec::new();
///         case.received(move || {
///             received.extend(std::iter::from_fn(|| receiver.try_recv().ok()));
///             received.clone()
///         });
///         sender
///     }
/// }
/// # fn main() {}
/// ```
///
/// The kinds are the functions of [`testkit::laws`](mod@crate::laws): `future`, `stream`, `read`, `buf_read`, `write`,
/// and `sink` with the items to send. Proptest generates the inputs, and the block owns them. Comments and attributes
/// such as `#[ignore]` may precede a kind. To allow a law to be broken, call the function for the kind instead.
#[macro_export]
macro_rules! laws {
    () => {};
    ($(#[$attribute:meta])* sink [$($item:expr),* $(,)?] $name:ident($case:pat_param) $make:block $($rest:tt)*) => {
        #[test]
        $(#[$attribute])*
        fn $name() {
            $crate::laws::sink([$($item),*], move |$case| $make).check();
        }
        $crate::laws! { $($rest)* }
    };
    ($(#[$attribute:meta])* $kind:ident $name:ident($case:pat_param) $make:block $($rest:tt)*) => {
        #[test]
        $(#[$attribute])*
        fn $name() {
            $crate::laws::$kind(move |$case| $make).check();
        }
        $crate::laws! { $($rest)* }
    };
    (
        $(#[$attribute:meta])*
        $kind:ident $name:ident($case:pat_param, $($input:pat_param in $inputs:expr),+ $(,)?) $make:block
        $($rest:tt)*
    ) => {
        #[test]
        $(#[$attribute])*
        fn $name() {
            $crate::laws::for_all(($($inputs,)+), |inputs| {
                $crate::laws::$kind(move |$case| {
                    let ($($input,)+) = ::core::clone::Clone::clone(&inputs);
                    $make
                })
            });
        }
        $crate::laws! { $($rest)* }
    };
}
