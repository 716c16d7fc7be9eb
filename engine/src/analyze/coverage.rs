//! How well a website's names are secured.

use super::{CertificateFacts, Defect, defects, is_covered};
use crate::model::{Coverage, Timestamp};

/// How well a website is secured, and by what one can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis<'a> {
    /// The result.
    pub coverage: Coverage,
    /// Why clients would refuse the certificate.
    pub defects: Vec<Defect>,
    /// The names that the certificate does not cover; all of them where there is none.
    pub missing: Vec<&'a str>,
}

/// Tell how well `names` are secured by the certificate that is installed for them, if there is one.
///
/// A certificate that covers none of the names is defective. A website without names is secured by any sound certificate.
#[must_use]
pub fn analyze<'a>(certificate: Option<&CertificateFacts>, names: &[&'a str], now: Timestamp) -> Analysis<'a> {
    let Some(facts) = certificate else {
        return Analysis { coverage: Coverage::Unsecured, defects: Vec::new(), missing: names.to_vec() };
    };
    let missing: Vec<&str> = names.iter().copied().filter(|name| !is_covered(name, &facts.names)).collect();
    let mut defects = defects(facts, now);
    if !names.is_empty() && missing.len() == names.len() {
        defects.push(Defect::NameMismatch);
        defects.sort_unstable();
    }
    let coverage = match (defects.is_empty(), missing.is_empty()) {
        (false, _) => Coverage::Defective,
        (true, false) => Coverage::Incomplete,
        (true, true) => Coverage::Secured,
    };
    Analysis { coverage, defects, missing }
}

#[cfg(test)]
mod tests;
