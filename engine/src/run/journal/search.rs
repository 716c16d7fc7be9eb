//! The search for the provider of one website's order: the first of the list that is not down, whose limits allow it soon, and that CAA
//! records let issue for the names.

use super::goal::Goal;
use crate::acme::{AcmeAccount, Trouble};
use crate::budget::{Charge, Purpose, Wait};
use crate::error::EngineResult;
use crate::model::Timestamp;
use crate::provider::choice::{Bar, Choice, choose};
use crate::run::authority::{Authority, Told};
use crate::run::eyes::Sight;
use crate::run::session::Session;
use crate::run::site::OwnTerms;
use std::sync::Arc;

/// How long a website leaves a provider alone that failed it, where the provider is not taken to be down, in seconds.
const AFTER_FAILURE: i64 = 60;

/// A provider that takes the order, with the account that is open there.
pub(super) struct Place {
    /// The provider.
    pub(super) authority: Arc<Authority>,
    /// The account.
    pub(super) account: AcmeAccount,
}

/// What came of a search.
pub(super) enum Found {
    /// This one takes the order.
    At(Place),
    /// None can take it now; this one is the first that will be able to.
    Later(Arc<Authority>, Reason),
    /// None can be asked, and waiting does not help.
    Nowhere(Told),
}

/// What is waited for.
pub(super) enum Reason {
    /// A limit.
    Limit(Wait),
    /// The provider is down; it is asked again then.
    Down(Timestamp, Told),
}

/// Why a provider is passed over.
#[derive(Clone)]
enum Obstacle {
    /// CAA records do not let it issue for this name, or for some.
    Caa(Option<String>),
    /// It failed just now, for this website.
    Failed(Timestamp, Told),
    /// It is not asked.
    Down(Timestamp, Told),
    /// One of its limits.
    Limited(Wait),
}

impl Obstacle {
    const fn bar(&self) -> Bar {
        match self {
            Self::Caa(_) => Bar::Forbidden,
            Self::Failed(until, _) | Self::Down(until, _) => Bar::Down(*until),
            Self::Limited(wait) => Bar::Limited(wait.until),
        }
    }

    fn reason(&self) -> Option<Reason> {
        match self {
            Self::Caa(_) => None,
            Self::Failed(until, told) | Self::Down(until, told) => Some(Reason::Down(*until, told.clone())),
            Self::Limited(wait) => Some(Reason::Limit(wait.clone())),
        }
    }

    fn words(&self, provider: &str) -> String {
        match self {
            Self::Caa(Some(name)) => format!("CAA records of {name} do not allow {provider}"),
            Self::Caa(None) => format!("CAA records do not allow {provider}"),
            Self::Failed(_, told) => format!("{provider} failed ({})", told.words),
            Self::Down(_, told) => told.words.clone(),
            Self::Limited(wait) => {
                let (limit, until) = (wait.limit.kind.words(), wait.until.rfc3339());
                format!("{provider}'s limit of {limit} is used up until {until}")
            }
        }
    }
}

/// The search for one website. What a provider failed by is remembered until its end.
pub(super) struct Search<'a> {
    session: &'a Session<'a>,
    own: OwnTerms,
    purpose: Purpose,
    patience: i64,
    /// With whose eyes the names were checked.
    seen_by: Option<usize>,
    lasting: Vec<Option<Obstacle>>,
    /// What stood in each one's way when it was looked at last.
    seen: Vec<Option<Obstacle>>,
}

impl<'a> Search<'a> {
    /// Prepare.
    pub(super) fn new(session: &'a Session<'a>, goal: &Goal) -> Self {
        let Sight { at, by } = &goal.sight;
        let is_out = |place: &usize| at.as_ref().is_some_and(|at| !at.contains(place));
        let places = 0..session.authorities.order().len();
        Self {
            session,
            own: goal.own.clone(),
            purpose: goal.purpose,
            patience: goal.patience,
            seen_by: *by,
            lasting: places.map(|place| is_out(&place).then_some(Obstacle::Caa(None))).collect(),
            seen: Vec::new(),
        }
    }

    /// Take the names to be checked with this provider's eyes, as they were when the job was planned.
    pub(super) fn planned_at(&mut self, provider: &str) {
        self.seen_by = self.seen_by.or_else(|| self.session.authorities.place_of(provider));
    }

    /// Tell whether the order may use what is kept for urgent ones.
    pub(super) const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Tell which limits an order counts against at a provider.
    pub(super) fn charge_at(&self, authority: &Authority) -> Charge {
        if self.is_issuer(authority) { self.own.charge } else { Charge::Full }
    }

    /// Tell which certificate an order replaces at a provider: none is told of another's.
    pub(super) fn replaces_at(&self, authority: &Authority) -> Option<&str> {
        self.own.replaces.as_deref().filter(|_| self.is_issuer(authority))
    }

    fn is_issuer(&self, authority: &Authority) -> bool {
        let is_first = || self.session.authorities.place_of(authority.id()) == Some(0);
        self.own.issuer.as_deref().is_some_and(|issuer| issuer == authority.id() || issuer.is_empty() && is_first())
    }

    /// Pass a provider over from now on: it failed.
    pub(super) fn failed(&mut self, authority: &Authority, told: Told) {
        let now = self.session.inner.clock.now();
        let until = authority.shut_until(now).unwrap_or_else(|| now.plus(AFTER_FAILURE));
        if let Some(place) = self.session.authorities.place_of(authority.id()) {
            self.lasting[place] = Some(Obstacle::Failed(until, told));
        }
    }

    /// Say why none of the providers before this one takes the order; `None` where there is none before it.
    pub(super) fn why_not_before(&self, authority: &Authority) -> Option<String> {
        let seen = self.session.authorities.order().iter().zip(&self.seen);
        let before = seen.take_while(|(other, _)| other.id() != authority.id());
        let reasons: Vec<String> =
            before.filter_map(|(other, obstacle)| Some(obstacle.as_ref()?.words(other.name()))).collect();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }

    /// Find the provider for an order of these names.
    pub(super) async fn next(&mut self, names: &[String]) -> EngineResult<Found> {
        loop {
            let now = self.session.inner.clock.now();
            self.look(names, now).await;
            let bars: Vec<Bar> =
                self.seen.iter().map(|obstacle| obstacle.as_ref().map_or(Bar::None, Obstacle::bar)).collect();
            let later = match choose(&bars, self.patience, now) {
                Choice::Order(place) => match self.try_at(place, names, now).await? {
                    Some(found) => return Ok(found),
                    None => continue,
                },
                Choice::Wait(place, _) => {
                    let reason = self.seen[place].as_ref().and_then(Obstacle::reason);
                    reason.map(|reason| (Arc::clone(&self.session.authorities.order()[place]), reason))
                }
                Choice::Nowhere => None,
            };
            return Ok(match later {
                Some((authority, reason)) => Found::Later(authority, reason),
                None => Found::Nowhere(Told {
                    code: "caa_other_issuer".to_owned(),
                    words: "CAA records allow none of the providers".to_owned(),
                }),
            });
        }
    }

    /// Look what stands in each provider's way.
    async fn look(&mut self, names: &[String], now: Timestamp) {
        let order = self.session.authorities.order();
        let mut seen = Vec::with_capacity(order.len());
        for (authority, lasting) in order.iter().zip(&self.lasting) {
            let obstacle = match (lasting, authority.shut_until(now)) {
                (Some(lasting), _) => Some(lasting.clone()),
                (None, Some(until)) => Some(Obstacle::Down(until, authority.outage())),
                (None, None) => {
                    let charge = self.charge_at(authority);
                    let wait = authority.books.look(self.session.inner, names, charge, self.purpose).await;
                    wait.map(Obstacle::Limited)
                }
            };
            seen.push(obstacle);
        }
        self.seen = seen;
    }

    /// Try a provider that nothing is known to stand in the way of; `None` where something does.
    async fn try_at(&mut self, place: usize, names: &[String], now: Timestamp) -> EngineResult<Option<Found>> {
        let session = self.session;
        let authority = &session.authorities.order()[place];
        if !authority.admit(now) {
            return Ok(None);
        }
        let account = match session.account_at(authority).await? {
            Ok(account) => account,
            // What a person has to put right is not hidden by going elsewhere.
            Err(error) if error.trouble() == Trouble::None => return Ok(Some(Found::Nowhere((&error).into()))),
            Err(error) => {
                self.failed(authority, (&error).into());
                return Ok(None);
            }
        };
        if self.seen_by != Some(place)
            && let Some(eyes) = &session.eyes
            && let Some(name) = eyes.forbidden_at(place, names).await
        {
            self.lasting[place] = Some(Obstacle::Caa(Some(name)));
            return Ok(None);
        }
        Ok(Some(Found::At(Place { authority: Arc::clone(authority), account })))
    }
}
