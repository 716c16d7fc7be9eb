//! How a website ended in a run, as the store records it.

use crate::model::{CheckResult, Coverage, RunCounts, Timestamp};
use crate::run::companion::Added;
use crate::run::site::Site;
use crate::store::{NameProblem, WebsiteOutcome};

/// The counts of one website that is dealt with.
pub(super) fn one() -> RunCounts {
    RunCounts { websites_done: 1, ..RunCounts::default() }
}

/// Tell how a website ended for which nothing was done.
pub(super) const fn as_result(coverage: Coverage) -> CheckResult {
    match coverage {
        Coverage::Secured => CheckResult::Secured,
        Coverage::Incomplete => CheckResult::Incomplete,
        Coverage::Defective | Coverage::Unsecured => CheckResult::Failed,
    }
}

/// Nothing was to be done; the problems of `standing` names stand.
pub(super) fn kept(result: CheckResult, standing: Vec<String>, at: Timestamp) -> WebsiteOutcome {
    WebsiteOutcome { result, problems: Vec::new(), standing, counts: RunCounts { kept: 1, ..one() }, at }
}

/// The certificate in place stays, since it is better than the one that could be had.
pub(super) fn stays(problems: Vec<NameProblem>, standing: Vec<String>, at: Timestamp) -> WebsiteOutcome {
    let counts = RunCounts { kept: 1, names_failed: count(&problems), ..one() };
    WebsiteOutcome { result: CheckResult::Incomplete, problems, standing, counts, at }
}

/// No certificate could be had.
pub(super) fn failed(site: &Site, problems: Vec<NameProblem>, standing: Vec<String>, at: Timestamp) -> WebsiteOutcome {
    let result = match site.coverage(at) {
        Coverage::Secured | Coverage::Incomplete => CheckResult::Incomplete,
        Coverage::Defective | Coverage::Unsecured => CheckResult::Failed,
    };
    let counts = RunCounts { failed: 1, names_failed: count(&problems), ..one() };
    WebsiteOutcome { result, problems, standing, counts, at }
}

/// A companion was to be had for a certificate that is served, and could not be had yet.
pub(super) fn only_companion(added: Added, at: Timestamp) -> WebsiteOutcome {
    let (result, kept, failed, waiting) = match added {
        Added::Failed => (CheckResult::Incomplete, 0, 1, 0),
        Added::Waits => (CheckResult::Incomplete, 0, 0, 1),
        Added::Nothing | Added::Issued => (CheckResult::Secured, 1, 0, 0),
    };
    let counts = RunCounts { kept, failed, waiting, ..one() };
    WebsiteOutcome { result, problems: Vec::new(), standing: Vec::new(), counts, at }
}

/// Add what a website did to what its run did.
pub(super) fn add(sum: &mut RunCounts, done: &RunCounts) {
    sum.websites_done += done.websites_done;
    sum.kept += done.kept;
    sum.failed += done.failed;
    sum.names_failed += done.names_failed;
    sum.served += done.served;
    sum.waiting += done.waiting;
}

fn count(problems: &[NameProblem]) -> u32 {
    u32::try_from(problems.len()).unwrap_or(u32::MAX)
}
