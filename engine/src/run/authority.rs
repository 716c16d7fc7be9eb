//! A provider as a run deals with it: its account once it is open, its books, and whether it is asked at all.

use super::books::{Books, open_ledger};
use super::site::Asked;
use crate::acme::{AcmeAccount, AcmeError, Trouble};
use crate::engine::Inner;
use crate::error::{EngineError, EngineResult};
use crate::model::Timestamp;
use crate::plan::Seed;
use crate::provider::Provider;
use crate::provider::breaker::{Breaker, Gate};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A provider during a run.
pub(super) struct Authority {
    /// Which.
    pub(super) provider: Provider,
    /// What is left of its limits.
    pub(super) books: Books,
    /// The common name of the root that chains should end at.
    pub(super) preferred_chain: Option<String>,
    /// Whether there was an account when the run began.
    pub(super) is_registered: bool,
    seed: Seed,
    health: Mutex<Health>,
    /// Opened by one, for all: those that come meanwhile wait here. What a person has to put right is not tried twice.
    account: tokio::sync::Mutex<Option<Result<AcmeAccount, AcmeError>>>,
    failed_openings: AtomicU64,
}

struct Health {
    breaker: Breaker,
    /// The last outage in this run.
    outage: Option<AcmeError>,
    /// Why the last call failed, as the store has it.
    last_error: Option<String>,
}

/// How a call went.
#[derive(Clone, Copy, Debug)]
pub(super) enum Heard<'a> {
    /// It was answered.
    Answer,
    /// An order was dealt with.
    Order,
    /// It failed.
    Failure(&'a AcmeError),
}

/// What a call changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// The provider is taken to be down, and asked again then.
    Down(Timestamp),
    /// It answers again.
    Back,
}

/// Why something cannot be done, for the log and the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// A stable code.
    pub(super) code: String,
    /// The reason in words.
    pub(super) words: String,
}

impl From<&AcmeError> for Told {
    fn from(error: &AcmeError) -> Self {
        Self { code: error.code().to_owned(), words: error.to_string() }
    }
}

impl Authority {
    /// Read what is remembered of a provider; sends nothing. A person's run asks it at once, even if it is down.
    pub(super) async fn read(inner: &Inner, provider: Provider, asked: Asked) -> EngineResult<Self> {
        let record = inner.store.provider(&provider.id).await?;
        let account = record.account.map(|account| account.url);
        let ledger = open_ledger(inner, &provider).await?;
        let breaker = match asked {
            Asked::ByPerson => record.breaker.at_once(inner.clock.now()),
            Asked::BySchedule => record.breaker,
        };
        Ok(Self {
            books: Books::new(&provider, account.as_deref().unwrap_or_default(), ledger),
            preferred_chain: record.choices.preferred_chain,
            is_registered: account.is_some(),
            // The account's URL is this server's own.
            seed: Seed::of(&format!("{} {}", provider.id, account.unwrap_or_default())),
            health: Mutex::new(Health { breaker, outage: None, last_error: record.last_error }),
            account: tokio::sync::Mutex::default(),
            failed_openings: AtomicU64::new(0),
            provider,
        })
    }

    /// Its short name.
    pub(super) fn id(&self) -> &str {
        &self.provider.id
    }

    /// Its name for people.
    pub(super) fn name(&self) -> &str {
        &self.provider.name
    }

    /// Tell until when it is not asked; `None` where it may be.
    pub(super) fn shut_until(&self, now: Timestamp) -> Option<Timestamp> {
        match self.health().breaker.gate(now) {
            Gate::Shut { until } => Some(until),
            Gate::Free | Gate::Probe => None,
        }
    }

    /// Ask to be let through to it: `false` where it is not asked now. Of those that wait for it to come back, one is let through.
    pub(super) fn admit(&self, now: Timestamp) -> bool {
        let mut health = self.health();
        match health.breaker.gate(now) {
            Gate::Free => true,
            Gate::Probe => {
                health.breaker = health.breaker.probing(now);
                true
            }
            Gate::Shut { .. } => false,
        }
    }

    /// Say why it is not asked: what it failed by last, and since when.
    pub(super) fn outage(&self) -> Told {
        let health = self.health();
        let since = health.breaker.down().map_or(String::new(), |(since, _)| format!(" since {}", since.rfc3339()));
        let why = health.outage.as_ref().map(ToString::to_string).or_else(|| health.last_error.clone());
        let why = why.map_or(String::new(), |why| format!(": {why}"));
        Told {
            code: health.outage.as_ref().map_or("provider_down", AcmeError::code).to_owned(),
            words: format!("{} is down{since}{why}", self.provider.name),
        }
    }

    /// Open the account, or tell why it cannot be opened. The second value is what the call changed, if there was one.
    pub(super) async fn open(&self, inner: &Inner) -> EngineResult<(Result<AcmeAccount, AcmeError>, Option<Turn>)> {
        let failed_before = self.failed_openings.load(Ordering::SeqCst);
        let mut account = self.account.lock().await;
        if let Some(known) = &*account {
            return Ok((known.clone(), None));
        }
        // Whoever waited while another one failed has failed, too.
        if self.failed_openings.load(Ordering::SeqCst) != failed_before
            && let Some(outage) = self.health().outage.clone()
        {
            return Ok((Err(outage), None));
        }
        self.admit(inner.clock.now());
        let opened = match crate::provider::open_account(inner, &self.provider).await {
            Ok(opened) => Ok(opened),
            Err(EngineError::Acme(error)) => Err(error),
            Err(error @ EngineError::TermsNotAgreed { .. }) => Err(AcmeError::Account(error.to_string())),
            Err(other) => return Err(other),
        };
        // What opening the account writes down is not written twice.
        self.health().last_error = opened.as_ref().err().map(ToString::to_string);
        let heard = match &opened {
            Ok(opened) => {
                self.books.use_account(opened.url()).await;
                Heard::Answer
            }
            Err(error) => Heard::Failure(error),
        };
        let turn = self.judge(inner, heard).await?;
        match &opened {
            Err(error) if error.trouble() != Trouble::None => drop(self.failed_openings.fetch_add(1, Ordering::SeqCst)),
            _ => *account = Some(opened.clone()),
        }
        Ok((opened, turn))
    }

    /// Remember how a call about an order went, on disk where that changes something.
    pub(super) async fn note(&self, inner: &Inner, heard: Heard<'_>) -> EngineResult<Option<Turn>> {
        let turn = self.judge(inner, heard).await?;
        let error = match heard {
            Heard::Order => None,
            Heard::Failure(error) if error.trouble() == Trouble::Down => Some(error.to_string()),
            Heard::Answer | Heard::Failure(_) => return Ok(turn),
        };
        let is_news = std::mem::replace(&mut self.health().last_error, error.clone()) != error;
        if is_news {
            inner.store.set_provider_error(self.id(), error.as_deref()).await?;
        }
        Ok(turn)
    }

    /// Let the breaker know.
    async fn judge(&self, inner: &Inner, heard: Heard<'_>) -> EngineResult<Option<Turn>> {
        let now = inner.clock.now();
        let (before, after) = {
            let mut health = self.health();
            let before = health.breaker;
            let outage = match heard {
                Heard::Failure(error) if error.trouble() == Trouble::Down => Some(error.clone()),
                _ => None,
            };
            health.breaker = match heard {
                Heard::Failure(error) => match error.trouble() {
                    Trouble::Down => before.after_outage(self.seed, now),
                    // A limit may be that of one domain; the books know which orders it holds up.
                    Trouble::Limited => before.after_answer(),
                    Trouble::None => before.after_order(),
                },
                Heard::Answer => before.after_answer(),
                Heard::Order => before.after_order(),
            };
            health.outage = outage;
            (before, health.breaker)
        };
        if after != before {
            inner.store.set_breaker(self.id(), after).await?;
        }
        Ok(match (before.down(), after.down()) {
            (_, Some((_, until))) if before.openings != after.openings => Some(Turn::Down(until)),
            (Some(_), None) => Some(Turn::Back),
            _ => None,
        })
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
