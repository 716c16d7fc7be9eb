//! What to do when an order does not work out: leave names out, wait for the provider, or give up.

use super::{Obtained, Refusal, close, replan};
use crate::acme::{AcmeError, NameFailure};
use crate::error::EngineResult;
use crate::logbook::Block;
use crate::run::need::{WithoutThem, without_them};
use crate::run::session::Session;
use crate::store::{Job, NameProblem, Website};

/// Report the failing names and decide whether to go on without them.
pub(super) async fn leave_out(
    session: &Session<'_>,
    website: &Website,
    job: &mut Job,
    failures: Vec<NameFailure>,
    problems: &mut Vec<NameProblem>,
    block: &mut Block<'_>,
) -> EngineResult<Result<(), Refusal>> {
    for NameFailure { name, kind, detail } in failures {
        let code = format!("dcv_{}", snake_case(&kind));
        block.name_error(2, &code, &name, format!("{name} failed validation: {detail}"));
        problems.push(NameProblem { name, code, detail });
    }
    let failing: Vec<_> = problems.iter().map(|problem| problem.name.clone()).collect();
    let (code, detail, refusal) = match without_them(website, &job.names, &failing, session.inner.clock.now()) {
        WithoutThem::Order(names) => {
            block.warn(2, "reduced", format!("Ordering without {}, for {}.", failing.join(", "), names.join(", ")));
            let detail = format!("without {}", failing.join(", "));
            replan(session, job, &detail, Some(names)).await?;
            return Ok(Ok(()));
        }
        WithoutThem::NothingLeft => ("total_dcv_failure", "No name passed validation.".to_owned(), Refusal::Failed),
        WithoutThem::NothingGained => (
            "no_unsecured_domain_passed_dcv",
            "The names that are left are secured already; the certificate stays.".to_owned(),
            Refusal::KeepsWhatItHas,
        ),
        WithoutThem::Deferred { name, until } => (
            "renewal_deferred",
            format!(
                "{name} is secured now; the certificate stays as it is and is renewed without it after {}.",
                until.rfc3339()
            ),
            Refusal::KeepsWhatItHas,
        ),
    };
    if refusal == Refusal::Failed {
        block.error(2, code, detail)
    } else {
        block.warn(2, code, detail)
    }
    close(session, job.id, code).await?;
    Ok(Err(refusal))
}

/// Deal with an error of the provider: an order that may still be finished stays open for the next run, another is over.
pub(super) async fn refused(
    session: &Session<'_>,
    job: &mut Job,
    website: &Website,
    problems: Vec<NameProblem>,
    error: &AcmeError,
    block: &mut Block<'_>,
) -> EngineResult<Obtained> {
    let may_go_on = !matches!(error, AcmeError::RateLimited { .. })
        && (error.is_outage() || matches!(error, AcmeError::Unfinished { .. } | AcmeError::ForeignUrl { .. }));
    if !may_go_on {
        return give_up(session, job, website, problems, error.code(), &error.to_string(), block).await;
    }
    block.error(2, error.code(), format!("{error}. The order is taken up again in the next run."));
    Ok(failed(website, problems, error.code(), &error.to_string()))
}

pub(super) async fn give_up(
    session: &Session<'_>,
    job: &Job,
    website: &Website,
    problems: Vec<NameProblem>,
    code: &str,
    reason: &str,
    block: &mut Block<'_>,
) -> EngineResult<Obtained> {
    block.error(2, code, format!("No certificate for {}: {reason}.", website.domain));
    close(session, job.id, reason).await?;
    Ok(failed(website, problems, code, reason))
}

pub(super) fn out_of_order(website: &Website, error: &AcmeError, block: &mut Block<'_>) -> Obtained {
    block.error(2, error.code(), format!("Nothing was ordered for {}: {error}.", website.domain));
    failed(website, Vec::new(), error.code(), &error.to_string())
}

/// Put the reason on every name that has none yet.
fn failed(website: &Website, mut problems: Vec<NameProblem>, code: &str, reason: &str) -> Obtained {
    for name in &website.names {
        if !problems.iter().any(|problem| problem.name == *name) {
            problems.push(NameProblem { name: name.clone(), code: code.to_owned(), detail: reason.to_owned() });
        }
    }
    Obtained { certificate: Err(Refusal::Failed), problems }
}

fn snake_case(kind: &str) -> String {
    let mut out = String::with_capacity(kind.len() + 4);
    for letter in kind.chars() {
        if letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' });
    }
    out
}
