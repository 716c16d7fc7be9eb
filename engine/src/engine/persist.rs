//! Persistent validation records (dns-persist-01): what to create, whether it works, and publishing it into a zone of ours.

use super::Engine;
use crate::dcv::persist::{LABEL, Record, zone_file_line};
use crate::dcv::{self, Finding, LocalDcv, PersistTerms, Severity};
use crate::error::{EngineError, EngineResult};
use crate::inventory::DomainName;
use crate::model::{PersistFinding, PersistOffer, PersistSheet, Timestamp};
use crate::provider::{self, Provider};
use crate::run::persist::{issuers, named_account, spelled_as};
use crate::store::{PersistentOffer, PersistentValue};
use std::collections::BTreeSet;

/// What a record is to be good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersistScope {
    /// The domain alone.
    Domain,
    /// Wildcards and all names below it, too.
    Wildcard,
}

/// The record that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersistWish {
    /// The domain; with `*.` in front the record is for wildcards, too.
    pub domain: String,
    /// What it is to be good for.
    pub scope: PersistScope,
    /// The moment after which it is not valid any more; `None` for no end.
    pub until: Option<Timestamp>,
    /// The provider that it is for; `None` for the one that orders go to.
    pub provider: Option<String>,
}

impl PersistWish {
    /// Read a day such as `2027-03-31`, which begins at midnight in UTC, or a moment in RFC 3339.
    ///
    /// # Errors
    /// Where the text is neither.
    pub fn until(text: &str) -> Result<Timestamp, String> {
        let day = text.parse::<jiff::civil::Date>().map_err(drop);
        let midnight =
            day.and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC).map_err(drop)).map(|day| day.timestamp());
        let moment = midnight.or_else(|()| text.parse::<jiff::Timestamp>().map_err(drop));
        let moment = moment.map_err(|()| format!("{text:?} is neither a day (2027-03-31) nor a moment in RFC 3339"));
        moment.map(|moment| Timestamp(moment.as_second()))
    }
}

/// A wish, resolved.
struct Aim {
    provider: Provider,
    /// Without `*.`.
    domain: String,
    scope: PersistScope,
    record: Record,
    terms: PersistTerms,
    offer: PersistOffer,
}

impl Aim {
    /// The names whose validation depends on the record.
    fn names(&self) -> Vec<String> {
        let wildcard = format!("*.{}", self.domain);
        match self.scope {
            PersistScope::Domain => vec![self.domain.clone()],
            PersistScope::Wildcard => vec![self.domain.clone(), wildcard],
        }
    }

    fn record_name(&self) -> String {
        format!("{LABEL}.{}", self.domain)
    }
}

impl Engine {
    /// Say what record validates a domain for long, and whether the one that is there does. Nothing is changed and the provider is
    /// not asked.
    ///
    /// # Errors
    /// Where the domain is none, no provider is selected, or there is no account that a record could name.
    pub async fn persistent_record(&self, wish: &PersistWish) -> EngineResult<PersistSheet> {
        self.sheet(&self.aim(wish).await?).await
    }

    /// Publish the record into a zone that AutoSSL may change, wait until its servers show it, and count on it from now on. Of what
    /// else is at the record's name only values are removed that were published for the same domain and provider before.
    ///
    /// # Errors
    /// As for [`Engine::persistent_record`], and where the provider does not know the account any more, or the record cannot be
    /// published.
    pub async fn publish_persistent_record(&self, wish: &PersistWish) -> EngineResult<PersistSheet> {
        let inner = &self.inner;
        let aim = self.aim(wish).await?;
        // A record for an account that is gone would only look as if it helped.
        provider::open_account(inner, &aim.provider).await?;
        let value = PersistentValue {
            domain: aim.domain.clone(),
            provider: aim.provider.id.clone(),
            zone: String::new(),
            name: aim.record_name(),
            value: aim.record.to_string(),
        };
        let (store, now) = (inner.store.as_ref(), inner.clock.now());
        let published = inner.dns.now(store).await?.publish_persistent(store, value, now).await?;
        if let Err(finding) = published {
            let Finding { code, evidence, .. } = finding;
            let reason = format!("{} ({code}: {evidence})", code.cause().trim_end_matches('.'));
            return Err(EngineError::PersistentRecord { domain: aim.domain, reason });
        }
        store.count_on_persistent(&aim.names(), &aim.provider.id, now).await?;
        self.sheet(&aim).await
    }

    /// Remove exactly what was published for a domain, and count no longer on its record; the number of values is returned.
    ///
    /// # Errors
    /// As for [`Engine::persistent_record`], and where a value cannot be removed.
    pub async fn withdraw_persistent_record(&self, wish: &PersistWish) -> EngineResult<usize> {
        let store = self.inner.store.as_ref();
        let (domain, _) = domain_and_scope(wish)?;
        let provider = self.wished_provider(wish).await?;
        let values = store.persistent_values(&domain, &provider.id).await?;
        let reasons = self.inner.dns.now(store).await?.withdraw_persistent(store, &values).await?;
        if !reasons.is_empty() {
            return Err(EngineError::PersistentRecord { domain, reason: reasons.join("; ") });
        }
        store.forget_persistent(&[domain.clone(), format!("*.{domain}")], &provider.id).await?;
        Ok(values.len())
    }

    async fn wished_provider(&self, wish: &PersistWish) -> EngineResult<Provider> {
        match &wish.provider {
            Some(id) => self.catalogue_entry(id).await,
            None => {
                let selected = self.inner.store.selected_provider().await?.ok_or(EngineError::NoProvider)?;
                self.catalogue_entry(&selected).await
            }
        }
    }

    async fn aim(&self, wish: &PersistWish) -> EngineResult<Aim> {
        let inner = &self.inner;
        let (domain, scope) = domain_and_scope(wish)?;
        let provider = self.wished_provider(wish).await?;
        let now = inner.clock.now();
        let refuse = |reason: &str| EngineError::PersistentRecord { domain: domain.clone(), reason: reason.to_owned() };
        if wish.until.is_some_and(|until| until <= now) {
            return Err(refuse("the record would have ended already"));
        }
        let known = inner.store.provider(&provider.id).await?;
        let own = named_account(inner, &known).ok_or_else(|| {
            refuse(&format!(
                "there is no account at {} that a record could name: select the provider first",
                provider.name
            ))
        })?;
        let url = known.account.map(|account| account.url);
        let about = known.about.map(|(about, _)| about).unwrap_or_default();
        let seen = inner.store.persistent_offer(&provider.id).await?;
        let seen = seen.filter(|offer| Some(&offer.account) == url.as_ref());
        let offer = offer(&about.issuer_domain_names, seen.as_ref());
        // Also where it is not offered: the record may be for later.
        let names = issuers(&about.issuer_domain_names, seen.as_ref(), &about.caa_identities);
        let names = names.or_else(|| Some(about.caa_identities.clone()).filter(|names| !names.is_empty()));
        let issuers = names.ok_or_else(|| {
            refuse(&format!(
                "{} does not say by which name records call it: it offers no such validation",
                provider.name
            ))
        })?;
        let own = spelled_as(own, seen.and_then(|offer| offer.account_uri));
        let record = Record {
            issuer: issuers.first().cloned().unwrap_or_default(),
            account: own.uri(&domain),
            wildcard: scope == PersistScope::Wildcard,
            until: wish.until,
        };
        let terms = PersistTerms { issuers, account: own, at: now, counted_on: BTreeSet::new() };
        Ok(Aim { provider, domain, scope, record, terms, offer })
    }

    async fn sheet(&self, aim: &Aim) -> EngineResult<PersistSheet> {
        let inner = &self.inner;
        let name = aim.names().pop().unwrap_or_default();
        let findings = match &inner.dcv {
            Some(dcv) => dcv.persistent(&name, &aim.terms).await,
            None => {
                let resolvers = &inner.config.dns.resolvers;
                let resolvers = (!resolvers.is_empty()).then(|| resolvers.clone());
                let dcv = LocalDcv::new(dcv::Settings { resolvers, ..dcv::Settings::default() });
                dcv.persistent(&name, &aim.terms).await
            }
        };
        let value = aim.record.to_string();
        Ok(PersistSheet {
            domain: aim.domain.clone(),
            provider: aim.provider.name.clone(),
            offer: aim.offer,
            record: aim.record_name(),
            line: zone_file_line(&aim.record_name(), &value),
            value,
            works: findings.iter().all(|finding| finding.severity != Severity::Blocking),
            findings: findings.into_iter().map(told).collect(),
            published: !inner.store.persistent_values(&aim.domain, &aim.provider.id).await?.is_empty(),
        })
    }
}

fn domain_and_scope(wish: &PersistWish) -> EngineResult<(String, PersistScope)> {
    let name = DomainName::parse(&wish.domain)?.into_string();
    Ok(match name.strip_prefix("*.") {
        Some(base) => (base.to_owned(), PersistScope::Wildcard),
        None => (name, wish.scope),
    })
}

/// Tell whether a provider offers persistent records, by what its directory and its authorizations show.
fn offer(directory: &[String], seen: Option<&PersistentOffer>) -> PersistOffer {
    match seen {
        _ if !directory.is_empty() => PersistOffer::Offered,
        Some(offer) if offer.issuers.is_empty() => PersistOffer::NotOffered,
        Some(_) => PersistOffer::Offered,
        None => PersistOffer::Unknown,
    }
}

fn told(finding: Finding) -> PersistFinding {
    let Finding { code, evidence, .. } = finding;
    PersistFinding {
        code: code.as_str().to_owned(),
        cause: code.cause().to_owned(),
        evidence,
        remedy: code.remedy().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::PersistWish;
    use crate::model::Timestamp;

    #[test]
    fn an_end_is_a_day_or_a_moment() {
        assert_eq!(PersistWish::until("2026-11-23"), Ok(Timestamp(1_795_392_000)));
        assert_eq!(PersistWish::until("2026-11-23T09:30:00Z"), Ok(Timestamp(1_795_426_200)));
        for wrong in ["", "tomorrow", "23.11.2026", "2026-13-01"] {
            assert!(PersistWish::until(wrong).is_err(), "{wrong}");
        }
    }
}
