//! How well a website is secured by the certificate that it has, and by which defects a client would refuse it.
//!
//! [`facts_of`] reads a certificate once, when it is installed or found; [`analyze`] judges its [`CertificateFacts`] at any moment
//! without opening a file. What to do about the result is [`crate::plan`]'s matter.

mod algorithm;
mod coverage;
mod defect;
mod facts;
mod matching;
mod parse;
mod policy;
mod trust;

pub use algorithm::{KeyAlgorithm, KeyFacts, SignatureHash};
pub use coverage::{Analysis, analyze};
pub use defect::{Defect, defects};
pub use facts::{CertificateFacts, KeyMatch, Trust, Validation, Validity};
pub use matching::{address_of, covers, is_covered};
pub(crate) use parse::facts_of_chain;
pub use parse::{FactsError, facts_of};
pub use trust::Roots;
