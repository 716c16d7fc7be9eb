//! For whom and for which names AutoSSL works, and why not.

mod name;
mod pattern;
mod user;

pub use name::{NameEligibility, NameExclusion, name_eligibility};
pub use pattern::{Exclusions, Pattern, PatternError};
pub use user::{Standing, UserEligibility, user_eligibility};
