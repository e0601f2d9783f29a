//! Failures as data. The module `report` formats them.

mod cause;
mod choice;
mod coverage;
mod divergence;
#[expect(clippy::module_inception, reason = "`failure.rs` defines the main type of this module")]
mod failure;
mod kind;
mod late_wake;
mod outcome;
mod panic_report;
mod run_record;
mod soak_status;

pub(crate) use cause::{FailureCause, FailureSignature, NextTimer, StandingTime, Ticking};
pub use choice::Choice;
pub use coverage::Coverage;
pub(crate) use divergence::Divergence;
pub use failure::Failure;
pub(crate) use failure::{Discovery, Evidence, InputText};
pub use kind::FailureKind;
pub(crate) use late_wake::{LateWake, WakeCause};
pub use outcome::Outcome;
pub(crate) use panic_report::{CallStack, NON_STRING_PAYLOAD, PanicReport};
pub(crate) use run_record::RunRecord;
pub(crate) use soak_status::{KindCount, SoakEnd, SoakStatus};
