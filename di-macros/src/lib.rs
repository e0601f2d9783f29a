//! The macros of `di-core`. Depend on `di-core`, which re-exports them, not on this crate.
#![deny(missing_docs)]

mod component;
mod container;
mod intercept;
mod syntax;
mod test;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Implements `Component` for the type of an `impl` block.
///
/// The constructor is the function `new`, or the function marked `#[constructor]`. Its parameters are the component's
/// dependencies. The container looks them up among its fields by type:
///
/// - `T` receives a clone of the field of type `T`, such as an `Arc<dyn Clock>`.
/// - `&T` borrows from the field of type `Arc<T>`, or else from the field of type `T`. In the second case, `T` must be
///   `Clone` if the constructor is `async`, or if it belongs to a lazy component or a factory.
///
/// The constructor may be `async`. It returns `Self`, or `Result<Self, E>` with
/// `E: Into<Box<dyn Error + Send + Sync>>`.
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
/// assert_eq!(error.to_string(), "could not build `App`: `store` (Store) failed");
/// println!("{error:?}"); // with the source, the fields that need `store`, and the time
/// ```
#[proc_macro_attribute]
pub fn component(arguments: TokenStream, item: TokenStream) -> TokenStream {
    component::component_attribute(arguments.into(), item.into()).into()
}

/// Implements `Component` for a struct, without a constructor.
///
/// Each field is injected by its type, unless it is marked `#[default]`. `#[default]` sets the field to its type's
/// `Default` value, and `#[default(expression)]` sets it to the expression.
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

/// Makes a function a provider, which a container's field names in `#[provide(function)]`.
///
/// Use a provider for a type from another crate, or to choose an implementation at run time.
///
/// The parameters of the function are its dependencies, as in the constructor of a [`component`]. The function may be
/// `async`. It returns the field's type or a `Result` of it. It may leave out the `Arc` and the `Tagged` of the field's
/// type.
///
/// The function itself is not changed. The macro adds a hidden type with the same name, so a `use` of the function
/// imports both.
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
        container, input, component, provide, choose, alias, decorate, module, import, collect, lazy, factory, absent,
        shaku, if_needed
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

/// Runs an async test in a simulation, under many schedules. Use it as `#[testkit::test]`.
///
/// ```text
/// #[testkit::test]                              // up to 200 schedules within 1 s
/// async fn an_upload_ends(sim: Sim) -> Result<(), Error> { .. }
///
/// #[testkit::test(schedules = 10_000, preempt = false, max_virtual_time = "2h", seed = 7)]
/// #[testkit::test(scheduler = "surw")]           // instead of the default, which alternates between several
/// #[testkit::test(exhaustive = 2)]              // every schedule with at most two choices other than the default
/// #[testkit::test(replay = "v1:...")]           // one schedule, from a report
///
/// #[testkit::test(config = ProptestConfig::with_cases(32))]
/// async fn no_op_is_lost(sim: Sim, #[strategy(vec(op(), 1..20))] ops: Vec<Op>) { .. }
/// ```
///
/// # Settings
///
/// Each setting calls the method of `testkit::Explorer` of the same name: `schedules`, `time`, `scheduler`,
/// `exhaustive`, `seed`, `preempt`, `replay`, `max_steps`, `max_virtual_time`, `max_poll_time`, `allow_leaks`,
/// `shrink`, `jobs`, `check_determinism`, `regressions` and `timeline`. Durations and schedulers are written as
/// strings.
///
/// # Parameters
///
/// The test takes no parameters, or `sim: Sim`, optionally followed by inputs. Inputs also work without `sim`. Each
/// input is marked `#[strategy(..)]` with a proptest strategy, and the setting `config` is the `ProptestConfig`. See
/// `testkit::Property`.
///
/// The test returns nothing, or a `Result<(), E>` where `E` implements `Display`. Other attributes, such as `#[ignore]`
/// and `#[should_panic]`, work as on any other test.
///
/// # Files
///
/// A failing schedule is saved in `testkit-regressions/<crate>-<module>-<test>.txt`, in the package directory, and
/// runs first from then on. Commit this file. Nothing is saved with `#[should_panic]` or `regressions = false`. For a
/// test with inputs, proptest saves the failing inputs in its own regression files.
///
/// A timeline of the run is written to `target/testkit/<crate>-<module>-<test>.html`, except with `#[should_panic]` or
/// `timeline = false`.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    test::test_attribute(arguments.into(), item.into()).into()
}
