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
    // The setters have the container's visibility, not the fields'.
    let app = library::build().await.unwrap();
    _ = app.service;
    assert_eq!(library::App::GRAPH.nodes().len(), 5);
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
