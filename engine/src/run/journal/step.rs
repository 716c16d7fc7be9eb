//! One step of an order: what to send next, told from the job's state and the order's.

use super::lost::lost_order;
use crate::acme::{AcmeAccount, AcmeError, AcmeOrder, IssuedChain, Methods, NameFailure, OrderProgress, Proof};
use crate::analyze::{Roots, Trust, facts_of};
use crate::dcv::Finding;
use crate::dns01::Wanted;
use crate::error::EngineError;
use crate::plan::Occasion;
use crate::run::persist;
use crate::run::session::Session;
use crate::store::{Challenge, Job, JobState, NewCertificate, Step, Website};
use crate::vault::companion_shelf;
use crate::x509;

/// What a step says about how to go on.
pub(super) enum Outcome {
    /// The job stands here now.
    Now(JobState),
    /// These names cannot be validated.
    Failing(Vec<NameFailure>),
    /// The records of these names cannot be published, or are not as they have to be; the provider was not asked.
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
    methods: &Methods,
    order: &mut Option<AcmeOrder>,
) -> Result<Outcome, StepError> {
    let store = &session.inner.store;
    let now = || session.inner.clock.now();
    match job.state {
        JobState::Planned => {
            session.inner.vault.job_key(job.id, session.key_type(website, job))?;
            store.step_job(job.id, Step::Order, &job.names.join(" "), now()).await?;
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
                    Err(error) if error.is_gone() => return Ok(Outcome::OrderLost(error.to_string())),
                    Err(error) => return Err(error.into()),
                },
                (None, None) => return Ok(Outcome::OrderLost("its URL is not in the journal".into())),
            };
            let step = advance_order(session, account, website, job, methods, &mut current).await;
            *order = Some(current);
            step
        }
        state => Ok(Outcome::Now(state)),
    }
}

async fn begin_order(
    session: &Session<'_>,
    account: &AcmeAccount,
    job: &mut Job,
    order: &mut Option<AcmeOrder>,
) -> Result<Outcome, StepError> {
    match account.new_order(&job.names, job.replaces.as_deref()).await {
        Ok(new) => adopt_order(session, job, order, new).await,
        Err(AcmeError::Refused { names, .. }) if !names.is_empty() => Ok(Outcome::Failing(names)),
        Err(error) => Err(error.into()),
    }
}

async fn adopt_order(
    session: &Session<'_>,
    job: &mut Job,
    order: &mut Option<AcmeOrder>,
    new: AcmeOrder,
) -> Result<Outcome, StepError> {
    session.inner.store.record_order(job.id, new.url(), session.inner.clock.now()).await?;
    job.order_url = Some(new.url().to_owned());
    *order = Some(new);
    Ok(Outcome::Now(JobState::Ordered))
}

async fn advance_order(
    session: &Session<'_>,
    account: &AcmeAccount,
    website: &Website,
    job: &Job,
    methods: &Methods,
    order: &mut AcmeOrder,
) -> Result<Outcome, StepError> {
    let inner = session.inner;
    match order.progress() {
        OrderProgress::Pending => validate(session, account, job, methods, order).await,
        OrderProgress::Ready => {
            let key = inner.vault.job_key(job.id, session.key_type(website, job))?;
            let csr = x509::signing_request(&key, &job.names).map_err(AcmeError::Local)?;
            inner.store.step_job(job.id, Step::Finalize, "", inner.clock.now()).await?;
            order.finalize(&csr).await?;
            Ok(Outcome::Now(JobState::Finalizing))
        }
        OrderProgress::Finalized if job.state != JobState::Finalizing => {
            Ok(Outcome::OrderLost("somebody else finalized it".into()))
        }
        OrderProgress::Finalized => {
            let issued = order.certificate().await?;
            let profile = order.profile().or_else(|| account.profile_for(&job.names).map(str::to_owned));
            let chain = preferred(session, account, website, job, issued).await;
            store_certificate(session, website, job, &chain, profile).await
        }
        OrderProgress::Invalid => {
            let failures = order.validate().await?;
            Ok(if failures.is_empty() {
                Outcome::OrderLost("the provider closed it".into())
            } else {
                Outcome::Failing(failures)
            })
        }
    }
}

/// Choose the chain that ends at the root that the administrator prefers; the first one where there is none, or it is unusable.
async fn preferred(
    session: &Session<'_>,
    account: &AcmeAccount,
    website: &Website,
    job: &Job,
    issued: IssuedChain,
) -> String {
    const MOST: usize = 8;
    let Some(root) = session.preferred_chain(job) else { return issued.pem };
    if x509::chain_ends_at(&issued.pem, &root) {
        return issued.pem;
    }
    let key = session.inner.vault.job_key(job.id, session.key_type(website, job));
    let Ok(key) = key else { return issued.pem };
    for url in issued.alternates.iter().take(MOST) {
        match account.chain(url).await {
            Ok(pem) if !x509::chain_ends_at(&pem, &root) => {}
            Ok(pem) => match x509::check_chain(&pem, &key, &job.names, session.inner.clock.now()) {
                Ok(_) => return pem,
                Err(reason) => tracing::warn!(url, reason, "an alternate chain is not used"),
            },
            Err(error) => tracing::warn!(url, %error, "an alternate chain cannot be fetched"),
        }
    }
    issued.pem
}

/// Put up what the provider wants to see, let it look, and take it down again.
async fn validate(
    session: &Session<'_>,
    account: &AcmeAccount,
    job: &Job,
    methods: &Methods,
    order: &mut AcmeOrder,
) -> Result<Outcome, StepError> {
    let inner = session.inner;
    let authority = session.authorities.known(&job.provider);
    let (id, name) = authority.as_ref().map_or((job.provider.as_str(), ""), |known| (known.id(), known.name()));
    let asked = persist::Asked { id, name, account };
    let answers = order.answers(methods).await?;
    persist::learn(inner, asked, &answers).await?;
    if !answers.impossible.is_empty() {
        return Ok(Outcome::Failing(answers.impossible));
    }
    let (mut files, mut wanted, mut persistent) = (Vec::new(), Vec::new(), Vec::new());
    for answer in answers.answers {
        match answer.proof {
            Proof::File { token, key_authorization } => {
                files.push(Challenge { token, key_authorization, domain: answer.name });
            }
            Proof::Record { value } => wanted.push(Wanted { name: answer.name, value }),
            Proof::Persistent { authorization } => persistent.push((answer.name, authorization)),
        }
    }
    let wrong = persist::confirm(inner, asked, &persistent, &answers.unoffered).await?;
    if !wrong.is_empty() {
        return Ok(Outcome::Unpublished(wrong));
    }
    let zones = inner.dns.now(inner.store.as_ref()).await?;
    let published = zones.publish(inner.store.as_ref(), &wanted, inner.clock.now()).await?;
    for warning in &published.warnings {
        tracing::warn!(job.id = job.id.0, code = warning.code.as_str(), seen = warning.evidence, "DNS-01 warning");
    }
    if !published.uses.is_empty() {
        inner.store.note_dns_uses(&published.uses).await?;
    }
    let outcome = if published.failures.is_empty() {
        let asked = async {
            inner.store.validate_job(job.id, &files, inner.clock.now()).await?;
            let failures = order.validate().await?;
            Ok(if failures.is_empty() { Outcome::Now(JobState::Validating) } else { Outcome::Failing(failures) })
        };
        asked.await
    } else {
        Ok(Outcome::Unpublished(published.failures))
    };
    let tokens: Vec<String> = files.into_iter().map(|challenge| challenge.token).collect();
    if !tokens.is_empty() {
        inner.store.remove_challenges(&tokens).await?;
    }
    zones.withdraw(inner.store.as_ref(), &published.records).await?;
    if matches!(outcome, Ok(Outcome::Now(_))) {
        persist::count_on(inner, asked, &persistent).await?;
    }
    outcome
}

async fn store_certificate(
    session: &Session<'_>,
    website: &Website,
    job: &Job,
    chain: &str,
    profile: Option<String>,
) -> Result<Outcome, StepError> {
    let inner = session.inner;
    let key = inner.vault.job_key(job.id, session.key_type(website, job))?;
    let now = inner.clock.now();
    let leaf = x509::check_chain(chain, &key, &job.names, now).map_err(AcmeError::Certificate)?;
    if lacks_intermediate(session, job, chain).await {
        return Err(AcmeError::Certificate("its intermediate certificate is missing".into()).into());
    }
    let shelf = match job.occasion {
        Occasion::Companion => companion_shelf(&website.domain),
        Occasion::Ordinary | Occasion::Readd => website.domain.clone(),
    };
    let generation = inner.vault.write_generation(&shelf, chain, &key)?;
    let new = NewCertificate {
        website: website.id,
        names: leaf.names,
        not_before: leaf.not_before,
        not_after: leaf.not_after,
        issuer: leaf.issuer,
        fingerprint: leaf.fingerprint,
        serial: leaf.serial,
        ari_id: leaf.ari_id,
        key_type: leaf.key_type,
        profile,
        shelf,
        generation,
    };
    inner.store.record_certificate(job.id, &new, now).await?;
    inner.vault.remove_job_key(job.id)?;
    Ok(Outcome::Now(JobState::Issued))
}

/// Tell whether a chain has nothing but the certificate itself, which clients accept only where a root issued it directly.
async fn lacks_intermediate(session: &Session<'_>, job: &Job, chain: &str) -> bool {
    if x509::read_chain(chain).map_or(0, |chain| chain.len()) != 1 {
        return false;
    }
    let files = session.inner.config.acme.trusted_roots.clone();
    let (chain, own) = (chain.to_owned(), session.root_of(job).unwrap_or_default());
    let untrusted = move || {
        let own = Roots::from_certificates(&x509::read_chain(&own).unwrap_or_default());
        [Roots::load(&files), own]
            .iter()
            .all(|roots| facts_of(&chain, None, roots).is_ok_and(|facts| facts.trust == Trust::Untrusted))
    };
    // The system's roots are read from files. The reader does not panic; a runtime that is shut down asks again later.
    tokio::task::spawn_blocking(untrusted).await.unwrap_or(true)
}
