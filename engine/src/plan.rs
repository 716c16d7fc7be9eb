//! Deciding what to order, for which names, in which order and when.
//!
//! [`need`] tells in a moment what one website needs, without a look at its names' pre-checks: only for those that need a
//! certificate is it worth making them. [`assemble`] then makes the whole [`Plan`]; `--plan` prints it, a run carries it out.

mod assemble;
pub mod companion;
pub mod eligibility;
mod input;
pub mod level;
pub mod names;
mod need;
mod output;
pub mod priority;
pub mod renewal;
pub mod replace;
mod seed;
mod sheet;
pub mod shrink;
mod text;

#[cfg(test)]
mod samples;

pub use assemble::assemble;
pub(crate) use assemble::{charge, replaces};
pub use input::{Check, Current, NameInput, Pending, Serving, Settings, SiteId, WebsiteInput};
pub use need::{Need, OrderReason, RestReason, need};
pub use output::{LeftOut, LeftOutReason, Occasion, Plan, PlannedInstall, PlannedJob, SkipReason, Skipped};
pub use seed::Seed;
