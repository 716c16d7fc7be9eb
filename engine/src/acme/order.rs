//! One order at a provider: its challenges, its validation, its certificate (RFC 8555, sections 7.4 and 7.5).

use super::error::name_failure;
use super::{AcmeError, NameFailure, http, past_refused_nonces, persist};
use crate::dcv::Method;
use crate::model::PersistOffer;
use instant_acme::{AuthorizationStatus, ChallengeStatus, ChallengeType, Identifier, Order, OrderStatus};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

const FIRST_POLL: Duration = Duration::from_millis(100);
const SLOWEST_POLL: Duration = Duration::from_secs(5);

/// By which methods names are validated; those that are not in it by HTTP-01, wildcards among them by DNS-01.
pub(crate) type Methods = BTreeMap<String, Method>;

/// An order. Every method can be repeated: nothing is done twice at the provider.
pub(crate) struct AcmeOrder {
    order: Order,
    methods: Methods,
    timeout: Duration,
}

/// What must be answered before a validation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answers {
    /// What to show, for each name that is not validated yet.
    pub(crate) answers: Vec<Answer>,
    /// Names for which the provider does not offer the method.
    pub(crate) impossible: Vec<NameFailure>,
    /// Names that are to be validated by their persistent record, which the provider does not offer.
    pub(crate) unoffered: Vec<String>,
    /// Whether the provider offers persistent records, with an authorization that shows it; `None` where nothing shows it.
    pub(crate) persistent: Option<(PersistOffer, String)>,
}

/// What the provider wants to see before it validates a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The name, perhaps with `*.` in front.
    pub(crate) name: String,
    /// What and where.
    pub(crate) proof: Proof,
}

/// What the provider wants to see, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// A file on the web server (RFC 8555, section 8.3).
    File {
        /// The token in the URL.
        token: String,
        /// The body to send.
        key_authorization: String,
    },
    /// A TXT record at the name's `_acme-challenge` (RFC 8555, section 8.4).
    Record {
        /// Its value.
        value: String,
    },
    /// The persistent record that is there already; the challenge of this authorization says which it has to be.
    Persistent {
        /// The authorization's URL.
        authorization: String,
    },
}

/// A certificate with its chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IssuedChain {
    /// The certificate first, as PEM.
    pub(crate) pem: String,
    /// Where the same certificate is with other chains.
    pub(crate) alternates: Vec<String>,
}

/// Where an order stands, by what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrderProgress {
    /// Names are to be validated.
    Pending,
    /// The CSR can be sent.
    Ready,
    /// The CSR was sent; the certificate is there or on its way.
    Finalized,
    /// Over, without a certificate.
    Invalid,
}

impl AcmeOrder {
    pub(super) fn new(order: Order, timeout: Duration) -> Self {
        Self { order, methods: Methods::new(), timeout }
    }

    /// The order's URL.
    pub(crate) fn url(&self) -> &str {
        self.order.url()
    }

    /// The profile of the order (draft-ietf-acme-profiles), where the provider tells it.
    pub(crate) fn profile(&mut self) -> Option<String> {
        self.order.state().profile.clone()
    }

    /// Tell where the order stood when it was last looked at.
    pub(crate) fn progress(&mut self) -> OrderProgress {
        match self.order.state().status {
            OrderStatus::Pending => OrderProgress::Pending,
            OrderStatus::Ready => OrderProgress::Ready,
            OrderStatus::Processing | OrderStatus::Valid => OrderProgress::Finalized,
            OrderStatus::Invalid => OrderProgress::Invalid,
        }
    }

    /// List the names of the order, sorted.
    pub(crate) async fn names(&mut self) -> Result<Vec<String>, AcmeError> {
        http::listening(async {
            let mut names = Vec::new();
            let mut identifiers = self.order.identifiers();
            while let Some(identifier) = identifiers.next().await {
                names.push(identifier.map_err(AcmeError::from)?.to_string());
            }
            names.sort_unstable();
            Ok(names)
        })
        .await
    }

    /// List what must be answered before [`AcmeOrder::validate`], for each name that is not validated yet, by the method that is
    /// chosen for it.
    pub(crate) async fn answers(&mut self, methods: &Methods) -> Result<Answers, AcmeError> {
        self.methods.clone_from(methods);
        http::listening(async {
            let mut all = Answers::default();
            self.load_authorizations().await?;
            let mut authorizations = self.order.authorizations();
            while let Some(authorization) = authorizations.next().await {
                let mut authorization = authorization.map_err(AcmeError::from)?;
                if authorization.status != AuthorizationStatus::Pending {
                    continue;
                }
                let url = authorization.url().to_owned();
                let identifier = authorization.identifier();
                let name = identifier.to_string();
                if let Identifier::Dns(_) = identifier.identifier
                    && all.persistent.is_none()
                {
                    let offered = authorization.challenges.iter().any(|challenge| challenge.r#type == persistent());
                    let offer = if offered { PersistOffer::Offered } else { PersistOffer::NotOffered };
                    all.persistent = Some((offer, url.clone()));
                }
                let kind = challenge_for(&name, &self.methods);
                let is_persistent = kind == persistent();
                let method = if kind == ChallengeType::Dns01 { "DNS-01" } else { "HTTP-01" };
                match authorization.challenge(kind) {
                    Some(_) if is_persistent => {
                        all.answers.push(Answer { name, proof: Proof::Persistent { authorization: url } });
                    }
                    None if is_persistent => all.unoffered.push(name),
                    Some(challenge) => {
                        let key_authorization = challenge.key_authorization();
                        let proof = match challenge.r#type {
                            ChallengeType::Dns01 => Proof::Record { value: key_authorization.dns_value() },
                            _ => Proof::File {
                                token: challenge.token.clone(),
                                key_authorization: key_authorization.as_str().to_owned(),
                            },
                        };
                        all.answers.push(Answer { name, proof });
                    }
                    None => all.impossible.push(NameFailure {
                        name,
                        kind: "challengeUnavailable".into(),
                        detail: format!("the provider offers no {method} challenge for this name"),
                    }),
                }
            }
            Ok(all)
        })
        .await
    }

    /// Ask the provider to validate every pending name, and wait for its verdict on each.
    ///
    /// Returns the names that failed; none means that the order can be finalized.
    pub(crate) async fn validate(&mut self) -> Result<Vec<NameFailure>, AcmeError> {
        http::listening(async {
            self.start_challenges().await?;
            let deadline = Instant::now() + self.timeout;
            let mut pause = FIRST_POLL;
            loop {
                let (pending, failures) = self.poll_authorizations().await?;
                if !pending {
                    past_refused_nonces!(self.order.refresh()).map(drop)?;
                    return Ok(failures);
                }
                self.wait(&mut pause, deadline, "pending").await?;
            }
        })
        .await
    }

    /// Send the CSR (RFC 8555, section 7.4).
    pub(crate) async fn finalize(&mut self, csr_der: &[u8]) -> Result<(), AcmeError> {
        http::listening(async { past_refused_nonces!(self.order.finalize_csr(csr_der)) }).await
    }

    /// Wait for the certificate and fetch its chain, with the URLs of other chains (RFC 8555, section 7.4.2).
    pub(crate) async fn certificate(&mut self) -> Result<IssuedChain, AcmeError> {
        http::listening(async {
            let deadline = Instant::now() + self.timeout;
            let mut pause = FIRST_POLL;
            loop {
                let fetched: Option<String> = past_refused_nonces!(self.order.certificate())?;
                match fetched {
                    Some(pem) => return Ok(IssuedChain { pem, alternates: http::last_alternate_links() }),
                    None => self.wait(&mut pause, deadline, "processing").await?,
                }
            }
        })
        .await
    }

    async fn load_authorizations(&mut self) -> Result<(), AcmeError> {
        // `next` keeps what it has fetched, so that a refused nonce in the middle costs one request only.
        past_refused_nonces!(async {
            let mut authorizations = self.order.authorizations();
            while let Some(authorization) = authorizations.next().await {
                authorization.map(drop)?;
            }
            Ok::<_, instant_acme::Error>(())
        })
    }

    async fn start_challenges(&mut self) -> Result<(), AcmeError> {
        self.load_authorizations().await?;
        let mut authorizations = self.order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization.map_err(AcmeError::from)?;
            if authorization.status != AuthorizationStatus::Pending {
                continue;
            }
            let kind = challenge_for(&authorization.identifier().to_string(), &self.methods);
            if let Some(mut challenge) = authorization.challenge(kind)
                && challenge.status == ChallengeStatus::Pending
            {
                past_refused_nonces!(challenge.set_ready())?;
            }
        }
        Ok(())
    }

    async fn poll_authorizations(&mut self) -> Result<(bool, Vec<NameFailure>), AcmeError> {
        let (mut pending, mut failures) = (false, Vec::new());
        let mut authorizations = self.order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization.map_err(AcmeError::from)?;
            if authorization.status == AuthorizationStatus::Pending {
                past_refused_nonces!(authorization.refresh()).map(drop)?;
            }
            match authorization.status {
                AuthorizationStatus::Valid => {}
                AuthorizationStatus::Pending => pending = true,
                _ => {
                    let problem = authorization.challenges.iter().find_map(|challenge| challenge.error.as_ref());
                    failures.push(name_failure(&authorization.identifier().to_string(), problem));
                }
            }
        }
        Ok((pending, failures))
    }

    async fn wait(&self, pause: &mut Duration, deadline: Instant, status: &'static str) -> Result<(), AcmeError> {
        let retry_after = http::last_retry_after();
        let asked = Duration::from_secs(u64::try_from(retry_after.unwrap_or(0)).unwrap_or(0));
        let next = Instant::now() + asked.max(*pause);
        if next > deadline {
            let waited = self.timeout.saturating_sub(deadline.saturating_duration_since(Instant::now()));
            return Err(AcmeError::Unfinished { status, seconds: waited.as_secs(), retry_after });
        }
        tokio::time::sleep_until(next).await;
        *pause = (*pause * 3 / 2).min(SLOWEST_POLL);
        Ok(())
    }
}

/// A wildcard can be validated by DNS only.
fn challenge_for(name: &str, methods: &Methods) -> ChallengeType {
    match methods.get(name) {
        Some(Method::DnsPersist01) => persistent(),
        Some(Method::Dns01) => ChallengeType::Dns01,
        Some(Method::Http01 | Method::None) | None if name.starts_with("*.") => ChallengeType::Dns01,
        Some(Method::Http01 | Method::None) | None => ChallengeType::Http01,
    }
}

/// `instant-acme` does not know it.
fn persistent() -> ChallengeType {
    ChallengeType::Unknown(persist::TYPE.to_owned())
}
