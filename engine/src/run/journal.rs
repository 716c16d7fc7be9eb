//! Getting a certificate, step by step: each step is in the journal before it is taken, so that a crash at any point is
//! followed by the next step and never by a second order.

use super::need::{WithoutThem, without_them};
use super::session::Session;
use crate::acme::{AcmeAccount, AcmeError, AcmeOrder, NameFailure, OrderProgress};
use crate::error::{EngineError, EngineResult};
use crate::logbook::Block;
use crate::model::RunId;
use crate::store::{Challenge, Job, JobId, JobState, NameProblem, NewCertificate, NewJob, Website};
use crate::x509;

/// Each round leaves at least one name out or makes a lost order anew; more rounds than this mean that something else is wrong.
const MOST_ROUNDS: u32 = 8;
/// Orders that the journal does not know are looked through for the lost one; more than that are not.
const LOST_ORDERS_LOOKED_AT: usize = 64;

/// What came of trying to get a certificate.
pub(super) struct Obtained {
    /// The job whose certificate is in the certificate store, or why there is none.
    pub(super) certificate: Result<JobId, Refusal>,
    /// The names that are not in it, each with a reason.
    pub(super) problems: Vec<NameProblem>,
}

/// Why there is no new certificate. The reasons are in the problems and the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The certificate in place is better than the one that could be had.
    KeepsWhatItHas,
    /// It did not work.
    Failed,
}

/// What a step says about how to go on.
enum Step {
    /// The job stands here now.
    Now(JobState),
    /// These names cannot be validated.
    Failing(Vec<NameFailure>),
    /// The order is gone or over without a failing name: a new one is needed.
    OrderLost(String),
}

/// Get a certificate for a website, resuming what an earlier run or process began.
pub(super) async fn obtain(
    session: &Session<'_>,
    run: &RunId,
    website: &Website,
    block: &mut Block<'_>,
) -> EngineResult<Obtained> {
    let account = match session.usable_account() {
        Ok(account) => account,
        Err(error) => return Ok(out_of_order(website, &error, block)),
    };
    let mut job = take_up_job(session, run, website, block).await?;
    let mut problems = Vec::new();
    let mut order = None;
    for _ in 0..MOST_ROUNDS * 4 {
        match take_step(session, account, website, &mut job, &mut order).await {
            Ok(Step::Now(JobState::Issued)) => {
                session.note(Ok(()));
                return Ok(Obtained { certificate: Ok(job.id), problems });
            }
            Ok(Step::Now(state)) => job.state = state,
            Ok(Step::OrderLost(reason)) if job.tries < MOST_ROUNDS => {
                block.warn(2, "order_lost", format!("The order is made anew: {reason}."));
                order = None;
                replan(session, &mut job, &reason, None).await?;
            }
            Ok(Step::OrderLost(reason)) => {
                return give_up(session, &job, website, problems, "order_lost", &reason, block).await;
            }
            Ok(Step::Failing(failures)) => {
                order = None;
                let left = leave_out(session, website, &mut job, failures, &mut problems, block).await?;
                if let Err(refusal) = left {
                    return Ok(Obtained { certificate: Err(refusal), problems });
                }
            }
            Err(StepError::Engine(error)) => return Err(error),
            Err(StepError::Acme(error)) => {
                session.note(Err(&error));
                return refused(session, &mut job, website, problems, &error, block).await;
            }
        }
    }
    give_up(session, &job, website, problems, "too_many_rounds", "the provider never settled on the order", block).await
}

enum StepError {
    Engine(EngineError),
    Acme(AcmeError),
}

impl<E: Into<EngineError>> From<E> for StepError {
    fn from(error: E) -> Self {
        match error.into() {
            EngineError::Acme(error) => Self::Acme(error),
            other => Self::Engine(other),
        }
    }
}

async fn take_up_job(
    session: &Session<'_>,
    run: &RunId,
    website: &Website,
    block: &mut Block<'_>,
) -> EngineResult<Job> {
    let inner = session.inner;
    let Some(mut job) = inner.store.open_job(website.id).await? else {
        let new = NewJob { run: run.clone(), website: website.id, names: website.names.clone() };
        return Ok(inner.store.plan_job(&new, inner.clock.now()).await?);
    };
    block.out(2, format!("Resuming the order that stopped at {:?}.", job.state.as_str()));
    if job.run != *run {
        inner.store.adopt_job(job.id, run).await?;
        job.run = run.clone();
        // The website may have changed since; an order whose CSR was sent is finished all the same.
        let mut wanted = website.names.clone();
        wanted.sort_unstable();
        let mut planned = job.names.clone();
        planned.sort_unstable();
        if planned != wanted && job.state != JobState::Finalizing {
            replan(session, &mut job, "the website's names have changed", Some(website.names.clone())).await?;
        }
    }
    Ok(job)
}

async fn take_step(
    session: &Session<'_>,
    account: &AcmeAccount,
    website: &Website,
    job: &mut Job,
    order: &mut Option<AcmeOrder>,
) -> Result<Step, StepError> {
    let store = &session.inner.store;
    let now = || session.inner.clock.now();
    match job.state {
        JobState::Planned => {
            session.inner.vault.job_key(job.id)?;
            store.advance_job(job.id, JobState::Ordering, &job.names.join(" "), now()).await?;
            job.tries += 1;
            begin_order(session, account, job, order).await
        }
        JobState::Ordering => match lost_order(session, account, job).await? {
            Some(found) => adopt_order(session, job, order, found).await,
            None => begin_order(session, account, job, order).await,
        },
        JobState::Ordered | JobState::Validating | JobState::Finalizing => {
            let mut current = match (order.take(), &job.order_url) {
                (Some(order), _) => order,
                (None, Some(url)) => match account.order(url).await {
                    Ok(order) => order,
                    Err(error) if error.is_gone() => return Ok(Step::OrderLost(error.to_string())),
                    Err(error) => return Err(error.into()),
                },
                (None, None) => return Ok(Step::OrderLost("its URL is not in the journal".into())),
            };
            let step = advance_order(session, website, job, &mut current).await;
            *order = Some(current);
            step
        }
        state => Ok(Step::Now(state)),
    }
}

async fn begin_order(
    session: &Session<'_>,
    account: &AcmeAccount,
    job: &mut Job,
    order: &mut Option<AcmeOrder>,
) -> Result<Step, StepError> {
    match account.new_order(&job.names).await {
        Ok(new) => adopt_order(session, job, order, new).await,
        Err(AcmeError::Refused { names, .. }) if !names.is_empty() => Ok(Step::Failing(names)),
        Err(error) => Err(error.into()),
    }
}

async fn adopt_order(
    session: &Session<'_>,
    job: &mut Job,
    order: &mut Option<AcmeOrder>,
    new: AcmeOrder,
) -> Result<Step, StepError> {
    session.inner.store.record_order(job.id, new.url(), session.inner.clock.now()).await?;
    job.order_url = Some(new.url().to_owned());
    *order = Some(new);
    Ok(Step::Now(JobState::Ordered))
}

/// Find the order that was made right before a crash: one that no job knows, open, for exactly these names.
async fn lost_order(session: &Session<'_>, account: &AcmeAccount, job: &Job) -> Result<Option<AcmeOrder>, StepError> {
    let urls = match account.order_urls().await {
        Ok(urls) => urls,
        Err(error) if error.is_outage() => return Err(error.into()),
        Err(error) => {
            tracing::warn!(job.id = job.id.0, %error, "the provider's list of orders cannot be read; ordering anew");
            return Ok(None);
        }
    };
    let unknown = session.inner.store.unknown_orders(&urls).await?;
    let mut wanted = job.names.clone();
    wanted.sort_unstable();
    for url in unknown.iter().rev().take(LOST_ORDERS_LOOKED_AT) {
        let mut order = match account.order(url).await {
            Ok(order) => order,
            Err(error) if error.is_gone() => continue,
            Err(error) => return Err(error.into()),
        };
        let open = matches!(order.progress(), OrderProgress::Pending | OrderProgress::Ready);
        if open && order.names().await? == wanted {
            return Ok(Some(order));
        }
    }
    Ok(None)
}

async fn advance_order(
    session: &Session<'_>,
    website: &Website,
    job: &Job,
    order: &mut AcmeOrder,
) -> Result<Step, StepError> {
    let inner = session.inner;
    match order.progress() {
        OrderProgress::Pending => {
            let (answers, impossible) = order.answers().await?;
            if !impossible.is_empty() {
                return Ok(Step::Failing(impossible));
            }
            let tokens: Vec<_> = answers.iter().map(|answer| answer.token.clone()).collect();
            for answer in answers {
                let challenge =
                    Challenge { token: answer.token, key_authorization: answer.key_authorization, domain: answer.name };
                inner.store.put_challenge(&challenge, inner.clock.now()).await?;
            }
            inner.store.advance_job(job.id, JobState::Validating, "", inner.clock.now()).await?;
            let verdict = order.validate().await;
            inner.store.remove_challenges(&tokens).await?;
            let failures = verdict?;
            Ok(if failures.is_empty() { Step::Now(JobState::Validating) } else { Step::Failing(failures) })
        }
        OrderProgress::Ready => {
            let key = inner.vault.job_key(job.id)?;
            let csr = x509::signing_request(&key, &job.names).map_err(AcmeError::Local)?;
            inner.store.advance_job(job.id, JobState::Finalizing, "", inner.clock.now()).await?;
            order.finalize(&csr).await?;
            Ok(Step::Now(JobState::Finalizing))
        }
        OrderProgress::Finalized => store_certificate(session, website, job, &order.certificate().await?).await,
        OrderProgress::Invalid => {
            let failures = order.validate().await?;
            Ok(if failures.is_empty() {
                Step::OrderLost("the provider closed it".into())
            } else {
                Step::Failing(failures)
            })
        }
    }
}

async fn store_certificate(
    session: &Session<'_>,
    website: &Website,
    job: &Job,
    chain: &str,
) -> Result<Step, StepError> {
    let inner = session.inner;
    let key = inner.vault.job_key(job.id)?;
    let now = inner.clock.now();
    let leaf = x509::check_chain(chain, &key, &job.names, now).map_err(AcmeError::Certificate)?;
    let generation = inner.vault.write_generation(&website.domain, chain, &key)?;
    let new = NewCertificate {
        website: website.id,
        names: leaf.names,
        not_before: leaf.not_before,
        not_after: leaf.not_after,
        issuer: leaf.issuer,
        fingerprint: leaf.fingerprint,
        serial: leaf.serial,
        generation,
    };
    inner.store.record_certificate(job.id, &new, now).await?;
    inner.vault.remove_job_key(job.id)?;
    Ok(Step::Now(JobState::Issued))
}

/// Report the failing names and decide whether to go on without them.
async fn leave_out(
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

async fn replan(session: &Session<'_>, job: &mut Job, detail: &str, names: Option<Vec<String>>) -> EngineResult<()> {
    if let Some(names) = names {
        job.names = names;
    }
    session.inner.store.replan_job(job.id, &job.names, detail, session.inner.clock.now()).await?;
    job.state = JobState::Planned;
    job.order_url = None;
    Ok(())
}

/// Deal with an error of the provider: an order that may still be finished stays open for the next run, another is over.
async fn refused(
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

async fn give_up(
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

async fn close(session: &Session<'_>, job: JobId, reason: &str) -> EngineResult<()> {
    session.inner.store.advance_job(job, JobState::Failed, reason, session.inner.clock.now()).await?;
    session.inner.vault.remove_job_key(job)
}

fn out_of_order(website: &Website, error: &AcmeError, block: &mut Block<'_>) -> Obtained {
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
