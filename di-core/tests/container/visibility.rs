//! Generated code triggers no lints in its crate, whatever the visibility of the fields and wherever a container is
//! declared.
#![deny(warnings, unreachable_pub, missing_docs, clippy::all)]

pub mod library {
    //! A public container with private components and inputs.

    use std::sync::Arc;

    use di_core::{Component, Container, component, provider};

    trait PrivateClock: Send + Sync {}

    impl PrivateClock for u8 {}

    struct PrivateConfig;

    #[derive(Component)]
    struct PrivateComponent {
        _clock: Arc<dyn PrivateClock>,
    }

    /// A service.
    pub struct Service {
        _component: Arc<PrivateComponent>,
    }

    #[component]
    impl Service {
        async fn new(_config: &PrivateConfig, _component: Arc<PrivateComponent>) -> Result<Self, std::io::Error> {
            Ok(Service { _component })
        }
    }

    #[provider]
    fn private_provider(_config: &PrivateConfig) -> Vec<PrivateConfig> {
        Vec::new()
    }

    /// The application. No code here reads its private fields.
    #[derive(Container)]
    pub struct App {
        #[input]
        config: Arc<PrivateConfig>,
        #[input]
        clock: Arc<dyn PrivateClock>,
        #[component]
        component: Arc<PrivateComponent>,
        #[provide(private_provider)]
        configs: Vec<PrivateConfig>,
        /// The one service.
        #[component]
        pub service: Arc<Service>,
        #[cfg(any())]
        #[component(Nowhere)]
        nowhere: Arc<Nowhere>,
    }

    /// Builds the container here, where the private types can be named.
    pub async fn build() -> Result<App, di_core::BuildError> {
        App::builder(PrivateConfig, Arc::new(1_u8)).build().await
    }
}

mod crate_only {
    use std::sync::Arc;

    use di_core::{Component, Container};

    #[derive(Component)]
    pub(crate) struct Part;

    #[derive(Container)]
    pub(crate) struct Parts {
        #[component]
        pub(crate) part: Arc<Part>,
    }

    /// Has more inputs than clippy allows as arguments.
    #[derive(Container)]
    pub(super) struct ManyInputs {
        #[input]
        a: u8,
        #[input]
        b: i8,
        #[input]
        c: u16,
        #[input]
        d: i16,
        #[input]
        e: u32,
        #[input]
        f: i32,
        #[input]
        g: u64,
        #[input]
        h: i64,
    }

    pub(super) fn many() -> Result<ManyInputs, di_core::BuildError> {
        ManyInputs::builder(1, 2, 3_u16, 4_i16, 5_u32, 6, 7_u64, 8).build_sync()
    }
}

#[tokio::test]
async fn private_types_trigger_no_lints() {
    let app = library::build().await.unwrap();
    _ = app.service;
    assert_eq!(library::App::GRAPH.nodes().len(), 5);
}

mod restricted {
    //! Fields with restricted visibilities.

    pub(crate) mod inner {
        use di_core::Container;

        /// A container that is visible in the crate.
        #[derive(Container)]
        pub(crate) struct Numbers {
            #[input]
            a: u8,
            #[absent]
            pub(super) b: Option<u16>,
            #[absent]
            pub(in crate::visibility) c: Option<u32>,
            #[absent]
            pub d: Option<u64>,
        }

        /// A container that is visible only in the module above.
        #[derive(Container)]
        pub(super) struct Hidden {
            #[absent]
            pub e: Option<u8>,
            #[absent]
            f: Option<u16>,
        }

        impl Numbers {
            pub(crate) fn sum(&self) -> u64 {
                let parts = [Some(self.a.into()), self.b.map(Into::into), self.c.map(Into::into), self.d];
                parts.into_iter().flatten().sum()
            }
        }

        impl Hidden {
            pub(super) fn f(&self) -> Option<u16> {
                self.f
            }
        }
    }

    pub(super) fn hidden() -> Option<u16> {
        let hidden = inner::Hidden::builder().with_e(Some(1)).with_f(Some(2)).build_sync().unwrap();
        hidden.e.map(|e| hidden.f().unwrap_or_default() + u16::from(e))
    }
}

#[test]
fn setters_are_visible_in_the_crate_as_far_as_their_container() {
    let numbers = restricted::inner::Numbers::builder(1).with_b(Some(2)).with_c(Some(3)).with_d(Some(4));
    assert_eq!(numbers.with_a(10).build_sync().unwrap().sum(), 19);
    assert_eq!(restricted::hidden(), Some(3));
}

mod of_another_crate {
    use std::sync::Arc;

    use another_crate::{Config, Metrics, Pool, Storage, Tag};
    use di_core::{Container, Tagged};

    #[derive(Container)]
    pub(super) struct App {
        #[input]
        config: Arc<Config>,
        #[module]
        pub(super) storage: Storage,
        #[import(storage)]
        pub(super) pool: Arc<Pool>,
        /// The module has a private field of this type, so this is `pool`.
        #[import(storage)]
        pub(super) tagged: Tagged<Tag, Arc<Pool>>,
        #[import(storage)]
        pub(super) metrics: Arc<Metrics>,
    }

    impl App {
        pub(super) fn port(&self) -> u16 {
            self.config.0
        }
    }
}

#[test]
fn public_fields_of_a_container_of_another_crate_can_be_imported_and_overridden() {
    use std::sync::Arc;

    use another_crate::{Config, Metrics, Pool, Storage};

    let (pool, metrics) = (Arc::new(Pool), Arc::new(Metrics));
    let app = of_another_crate::App::builder(Config(80));
    let app = app.storage(|storage| storage.with_pool(pool.clone()).with_metrics(metrics.clone()));
    let app = app.build_sync().unwrap();
    for imported in [&app.pool, &*app.tagged, &app.storage.pool] {
        assert!(Arc::ptr_eq(imported, &pool));
    }
    assert!(Arc::ptr_eq(&app.metrics, &metrics) && app.port() == 80);

    // A slice needs its inputs, so their setters are public.
    drop(Storage::slice().with_config(Arc::new(Config(1))).with_metrics(metrics).get::<Arc<Pool>>());
    assert_eq!(another_crate::port(&another_crate::overridden().unwrap()), 1);
}

#[test]
fn a_container_may_be_private_or_local_to_a_function() {
    use std::sync::Arc;

    use di_core::{Component, Container};

    #[derive(Component)]
    struct Local;

    #[derive(Container)]
    struct InFunction {
        #[component]
        local: Arc<Local>,
    }

    let built = InFunction::builder().build_sync().unwrap();
    assert!(Arc::strong_count(&built.local) == 1);
    let parts = crate_only::Parts::builder().build_sync().unwrap();
    assert!(Arc::strong_count(&parts.part) == 1);
    assert!(crate_only::many().is_ok());
}
