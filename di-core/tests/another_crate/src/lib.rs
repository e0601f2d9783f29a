//! A container with public and private fields, which the tests of `di-core` use from another crate.

use std::sync::Arc;

use di_core::{Component, Container, Tagged};

/// The configuration.
pub struct Config(pub u16);

/// A component.
#[derive(Component)]
pub struct Pool;

/// A component.
#[derive(Component)]
pub struct Cache;

/// A component.
#[derive(Component)]
pub struct Metrics;

/// Distinguishes fields.
pub enum Tag {}

/// A module with a public and a private field.
#[derive(Container)]
pub struct Nested {
    /// A public field.
    #[component]
    pub metrics: Arc<Metrics>,
}

/// A public container with private fields.
#[derive(Container)]
pub struct Storage {
    #[input]
    config: Arc<Config>,
    /// A public field.
    #[component]
    pub pool: Arc<Pool>,
    #[component]
    cache: Arc<Cache>,
    #[component(Pool)]
    pub(crate) tagged: Tagged<Tag, Arc<Pool>>,
    #[module]
    nested: Nested,
    /// A public import.
    #[import(nested)]
    pub metrics: Arc<Metrics>,
}

/// A container that imports private fields within their crate.
#[derive(Container)]
pub struct Service {
    #[input]
    config: Arc<Config>,
    #[module]
    storage: Storage,
    /// A private field of the module.
    #[import(storage)]
    pub cache: Arc<Cache>,
    /// A field of the module that is not `pub`.
    #[import(storage)]
    pub tagged: Tagged<Tag, Arc<Pool>>,
}

/// Overrides private fields within their crate.
pub fn overridden() -> Result<Service, di_core::BuildError> {
    let service = Service::builder(Config(1)).storage(|storage| {
        storage.with_cache(Arc::new(Cache)).with_tagged(Tagged::new(Arc::new(Pool))).nested(|nested| nested)
    });
    service.build_sync()
}

/// Reads the private fields.
pub fn port(service: &Service) -> u16 {
    assert!(Arc::ptr_eq(&service.config, &service.storage.config));
    assert!(Arc::ptr_eq(&service.cache, &service.storage.cache));
    service.config.0
}
