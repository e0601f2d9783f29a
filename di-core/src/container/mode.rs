//! Type parameters that distinguish the builders of containers, slices and overrides.

use crate::hooks::HostOptions;

/// Mode of a builder that builds a whole container: `AppBuilder`.
#[derive(Debug, Default)]
pub struct Whole {
    #[doc(hidden)]
    pub options: HostOptions,
}

/// Mode of a builder that builds a slice of a container: `AppSlice`.
#[derive(Debug, Default)]
pub struct Slice {
    #[doc(hidden)]
    pub strict: bool,
}

/// Mode of a builder that overrides fields of a module.
#[derive(Debug, Default)]
pub struct Overrides;
