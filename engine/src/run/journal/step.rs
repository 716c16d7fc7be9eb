//! One step of an order: what to send next, told from the job's state and the order's.

use super::lost::lost_order;
use crate::acme::{AcmeAccount, AcmeError, AcmeOrder, NameFailure, OrderProgress, Proof};
use crate::dcv::Finding;
use crate::dns01::Wanted;
use crate::error::EngineError;
use crate::run::session::Session;
use crate::store::{Challenge, Job, JobState, NewCertificate, Website};
use crate::x509;
use std::collections::BTreeSet;

/// What a step says about how to go on.
pub(super) enum Step {
    /// The job stands here now.
    Now(JobState),
    /// These names cannot be validated.
    Failing(Vec<NameFailure>),
    /// The challenge records of these names cannot be published; the provider was not asked.
    Unpublished(Vec<(String, Finding)>),
    /// The order is gone or over without a failing name: a new one is needed.
    OrderLost(String),
}

pub(super) enum StepError {
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

pub(super) async fn take_step(
    session: &Session<'_>,
    account: &AcmeAccount,
    website: &Website,
    job: &mut Job,
    by_dns: &BTreeSet<String>,
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
            let step = advance_order(session, website, job, by_dns, &mut current).await;
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
    match account.new_order(&job.names, job.replaces.as_deref()).await {
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

async fn advance_order(
    session: &Session<'_>,
    website: &Website,
    job: &Job,
    by_dns: &BTreeSet<String>,
    order: &mut AcmeOrder,
) -> Result<Step, StepError> {
    let inner = session.inner;
    match order.progress() {
        OrderProgress::Pending => validate(session, job, by_dns, order).await,
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

/// Put up what the provider wants to see, let it look, and take it down again.
async fn validate(
    session: &Session<'_>,
    job: &Job,
    by_dns: &BTreeSet<String>,
    order: &mut AcmeOrder,
) -> Result<Step, StepError> {
    let inner = session.inner;
    let (answers, impossible) = order.answers(by_dns).await?;
    if !impossible.is_empty() {
        return Ok(Step::Failing(impossible));
    }
    let (mut tokens, mut wanted) = (Vec::new(), Vec::new());
    for answer in answers {
        match answer.proof {
            Proof::File { token, key_authorization } => {
                tokens.push(token.clone());
                let challenge = Challenge { token, key_authorization, domain: answer.name };
                inner.store.put_challenge(&challenge, inner.clock.now()).await?;
            }
            Proof::Record { value } => wanted.push(Wanted { name: answer.name, value }),
        }
    }
    let published = inner.dns.publish(inner.store.as_ref(), &wanted, inner.clock.now()).await?;
    for warning in &published.warnings {
        tracing::warn!(job.id = job.id.0, code = warning.code.as_str(), seen = warning.evidence, "DNS-01 warning");
    }
    let step = if published.failures.is_empty() {
        inner.store.advance_job(job.id, JobState::Validating, "", inner.clock.now()).await?;
        match order.validate().await {
            Ok(failures) if failures.is_empty() => Ok(Step::Now(JobState::Validating)),
            Ok(failures) => Ok(Step::Failing(failures)),
            Err(error) => Err(error.into()),
        }
    } else {
        Ok(Step::Unpublished(published.failures))
    };
    inner.store.remove_challenges(&tokens).await?;
    inner.dns.withdraw(inner.store.as_ref(), &published.records).await?;
    step
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
        ari_id: leaf.ari_id,
        generation,
    };
    inner.store.record_certificate(job.id, &new, now).await?;
    inner.vault.remove_job_key(job.id)?;
    Ok(Step::Now(JobState::Issued))
}
