//! The macros of `di-core`, which re-exports and documents them: depend on `di-core`, not on this crate.
#![deny(missing_docs)]

mod component;
mod container;
mod intercept;
mod syntax;
mod test;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes the type of an `impl` block a component: its constructor is `new`, or the function marked `#[constructor]`.
///
/// The constructor's parameters are its dependencies, each found among the container's fields by its type:
///
/// - `T` takes a clone of the field of type `T`, such as an `Arc<dyn Clock>`;
/// - `&T` borrows from the field of type `Arc<T>`.
///
/// It may be `async`, and may return `Self` or a `Result<Self, E>`, for any `E: Into<Box<dyn Error + Send + Sync>>`.
///
/// ```
/// use std::io;
/// use std::path::PathBuf;
/// use std::sync::Arc;
/// use di_core::{component, Container};
///
/// pub struct Config { data_dir: PathBuf }
///
/// pub struct Store { files: usize }
///
/// #[component]
/// impl Store {
///     pub fn new(config: &Config) -> Result<Self, io::Error> {
///         Ok(Store { files: config.data_dir.read_dir()?.count() })
///     }
/// }
///
/// #[derive(Container)]
/// pub struct App {
///     #[input]
///     config: Arc<Config>,
///     #[component]
///     store: Arc<Store>,
/// }
///
/// let error = App::builder(Config { data_dir: "/nope".into() }).build_sync().err().unwrap();
/// assert!(error.to_string().starts_with("could not build `App`: `store` (Store) failed: "));
/// ```
#[proc_macro_attribute]
pub fn component(arguments: TokenStream, item: TokenStream) -> TokenStream {
    component::component_attribute(arguments.into(), item.into()).into()
}

/// Makes a struct a component without a constructor: each field is injected by its type, or marked `#[default]`.
///
/// `#[default]` takes the type's `Default`, `#[default(expression)]` the expression.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::AtomicU64;
/// use di_core::{Component, Container};
///
/// pub trait Clock: Send + Sync {}
///
/// #[derive(Component)]
/// pub struct Quota {
///     clock: Arc<dyn Clock>,
///     #[default]
///     used: AtomicU64,
///     #[default(100)]
///     limit: u64,
/// }
///
/// #[derive(Component)]
/// pub struct SystemClock;
/// impl Clock for SystemClock {}
///
/// #[derive(Container)]
/// pub struct App {
///     #[component(SystemClock)]
///     clock: Arc<dyn Clock>,
///     #[component]
///     quota: Arc<Quota>,
/// }
///
/// assert_eq!(App::builder().build_sync()?.quota.limit, 100);
/// # Ok::<(), di_core::BuildError>(())
/// ```
#[proc_macro_derive(Component, attributes(default, inner, assisted))]
pub fn derive_component(item: TokenStream) -> TokenStream {
    component::component_derive(&parse_macro_input!(item as DeriveInput)).into()
}

/// Makes a function a provider, for `#[provide(function)]` on a container's field: for types that are not yours, and
/// for choices made at run time.
///
/// Its parameters are its dependencies, as those of a [`component`]'s constructor are. It may be `async`, and returns
/// exactly the field's type, or a `Result` of it. The function itself stays as it is; beside it stands a hidden type of
/// the same name, which one `use` brings along.
///
/// ```
/// use std::sync::Arc;
/// use di_core::{provider, Container};
///
/// pub trait Cache: Send + Sync {}
/// struct Memory;
/// impl Cache for Memory {}
/// struct Disk;
/// impl Cache for Disk {}
///
/// #[provider]
/// fn choose_cache(in_memory: bool) -> Arc<dyn Cache> {
///     if in_memory { Arc::new(Memory) } else { Arc::new(Disk) }
/// }
///
/// #[derive(Container)]
/// pub struct App {
///     #[input]
///     in_memory: bool,
///     #[provide(choose_cache)]
///     cache: Arc<dyn Cache>,
/// }
///
/// let app = App::builder(true).build_sync()?;
/// # let _ = app.cache;
/// # Ok::<(), di_core::BuildError>(())
/// ```
#[proc_macro_attribute]
pub fn provider(arguments: TokenStream, item: TokenStream) -> TokenStream {
    component::provider_attribute(arguments.into(), item.into()).into()
}

#[doc = include_str!("container/attributes.md")]
#[proc_macro_derive(
    Container,
    attributes(
        container, input, component, provide, alias, decorate, module, import, collect, lazy, factory, absent, shaku
    )
)]
pub fn derive_container(item: TokenStream) -> TokenStream {
    container::container_derive(&parse_macro_input!(item as DeriveInput)).into()
}

#[doc = include_str!("intercept/attribute.md")]
#[proc_macro_attribute]
pub fn intercept(arguments: TokenStream, item: TokenStream) -> TokenStream {
    intercept::intercept_attribute(arguments.into(), item.into()).into()
}

/// A test that runs in a simulation, under many schedules. It is `#[testkit::test]`; see there.
///
/// ```text
/// #[testkit::test]                              // up to 200 schedules within 1 s
/// async fn an_upload_ends(sim: Sim) -> Result<(), Error> { .. }
///
/// #[testkit::test(schedules = 10_000, preempt = false, max_virtual_time = "2h", seed = 7)]
/// #[testkit::test(strategy = "surw")]           // instead of the mixture that is the default
/// #[testkit::test(exhaustive = 2)]              // every schedule with at most two choices other than the default
/// #[testkit::test(replay = "v1:...")]           // one schedule, from a report
///
/// #[testkit::test(config = ProptestConfig::with_cases(32))]
/// async fn no_op_is_lost(sim: Sim, #[strategy(vec(op(), 1..20))] ops: Vec<Op>) { .. }
/// ```
///
/// The settings are the methods of `testkit::Explorer`, by their names: `schedules`, `time`, `strategy`, `exhaustive`,
/// `seed`, `preempt`, `replay`, `max_steps`, `max_virtual_time`, `max_poll_time`, `allow_leaks`, `shrink`, `jobs`,
/// `check_determinism`, `regressions`, `timeline`. Times and strategies are texts. The test takes nothing, or `sim: Sim`, and
/// returns nothing, or a `Result<(), E>` whose error can be displayed. Behind `sim: Sim`, or in its place, it may take inputs, each
/// marked `#[strategy(..)]` with a strategy of proptest; `config` then is proptest's `ProptestConfig`. See
/// `testkit::Property`. Other attributes, such as `#[ignore]` and `#[should_panic]`, are those of any test.
///
/// The schedule of a failure is kept in `testkit-regressions/<crate>-<module>-<test>.txt`, in the folder of the package, and
/// runs first from then on. Commit the file. `#[should_panic]` and `regressions = false` keep nothing. Of a test with inputs,
/// proptest keeps the inputs that fail, where it keeps all others.
///
/// What happened is drawn in `target/testkit/<crate>-<module>-<test>.html`, unless `timeline = false` is set, or the test is a
/// `#[should_panic]`.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    test::test_attribute(arguments.into(), item.into()).into()
}
