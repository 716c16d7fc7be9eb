//! Persistent validation records in runs: what they must say, whether they still do when the provider looks, and those that are
//! counted on watched.

use super::precheck::Verdicts;
use super::session::Session;
use crate::acme::{self, AcmeAccount, Answers, PersistChallenge};
use crate::dcv::{Code, Finding, PersistAccount, PersistTerms, Severity};
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::logbook::Block;
use crate::model::{PersistOffer, Timestamp};
use crate::store::{PersistentOffer, ProviderRecord};
use crate::vault::Slot;
use futures::StreamExt;
use futures::stream;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use std::collections::BTreeSet;

/// What a provider's authorizations show is looked at again after so long.
const OFFER_SECONDS: i64 = 7 * 86_400;
/// Records that are looked at at the same time.
const AT_ONCE: usize = 16;

/// The provider that is asked about an order.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// Its short name.
    pub(super) id: &'a str,
    /// Its name for people.
    pub(super) name: &'a str,
    /// The account there.
    pub(super) account: &'a AcmeAccount,
}

/// Tell what records must say for the account that is remembered at a provider; `None` where there is none, or it is known not to
/// offer them.
pub(crate) async fn terms(inner: &Inner, provider: &ProviderRecord) -> EngineResult<Option<PersistTerms>> {
    let (Some(known), Some((about, _))) = (&provider.account, &provider.about) else { return Ok(None) };
    let offer = inner.store.persistent_offer(&provider.id).await?.filter(|offer| offer.account == known.url);
    let issuers = issuers(&about.issuer_domain_names, offer.as_ref(), &about.caa_identities);
    let (Some(issuers), Some(account)) = (issuers, named_account(inner, provider)) else { return Ok(None) };
    let counted_on = inner.store.persistent_names(&provider.id).await?.into_iter().collect();
    let account = spelled_as(account, offer.and_then(|offer| offer.account_uri));
    Ok(Some(PersistTerms { issuers, account, at: inner.clock.now(), counted_on }))
}

/// Tell how records name the account at a provider; `None` where there is none, or its key cannot be read.
pub(crate) fn named_account(inner: &Inner, provider: &ProviderRecord) -> Option<PersistAccount> {
    let url = provider.account.as_ref()?.url.clone();
    let Some(prefix) = provider.about.as_ref().and_then(|(about, _)| about.account_hash_prefix.clone()) else {
        return Some(PersistAccount::Uri(url));
    };
    let pem = inner.vault.accounts.find(&provider.id, Slot::Current).ok().flatten()?;
    let key = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).ok()?;
    let thumbprint = acme::thumbprint(key.secret_pkcs8_der()).ok()?;
    Some(PersistAccount::Hashed { prefix, url, thumbprint })
}

/// Choose the names by which records call the provider: those of its directory, else those of its challenges, else, as long as no
/// challenge was seen, those of CAA records.
pub(crate) fn issuers(directory: &[String], offer: Option<&PersistentOffer>, caa: &[String]) -> Option<Vec<String>> {
    let names = match offer {
        _ if !directory.is_empty() => directory,
        Some(offer) => &offer.issuers,
        None => caa,
    };
    (!names.is_empty()).then(|| names.to_vec())
}

/// Name the account as its provider spells it, where that one does.
pub(crate) fn spelled_as(account: PersistAccount, spelled: Option<String>) -> PersistAccount {
    match (account, spelled) {
        (PersistAccount::Uri(_), Some(uri)) => PersistAccount::Uri(uri),
        (account, _) => account,
    }
}

/// Remember whether the provider offers persistent records, as an order shows it.
pub(super) async fn learn(inner: &Inner, asked: Asked<'_>, answers: &Answers) -> EngineResult<()> {
    let Asked { id, account, .. } = asked;
    let Some((offer, authorization)) = &answers.persistent else { return Ok(()) };
    let now = inner.clock.now();
    let known = inner.store.persistent_offer(id).await?.filter(|known| known.account == account.url());
    let is_known = known.is_some_and(|known| match offer {
        PersistOffer::NotOffered => known.issuers.is_empty(),
        // What it wants, or that it cannot be understood, is not asked for with every order.
        PersistOffer::Offered | PersistOffer::Unknown => now.since(known.seen_at) < OFFER_SECONDS,
    });
    if is_known {
        return Ok(());
    }
    let challenge = match offer {
        PersistOffer::Offered => match account.persist_challenge(authorization).await {
            Ok(challenge) => challenge,
            Err(error) => {
                tracing::warn!(%error, "it cannot be seen what persistent records must say");
                return Ok(());
            }
        },
        PersistOffer::NotOffered | PersistOffer::Unknown => None,
    };
    remember(inner, id, account, challenge.as_ref(), now).await
}

async fn remember(
    inner: &Inner,
    provider: &str,
    account: &AcmeAccount,
    challenge: Option<&PersistChallenge>,
    seen_at: Timestamp,
) -> EngineResult<()> {
    let offer = PersistentOffer {
        account: account.url().to_owned(),
        issuers: challenge.map(|challenge| challenge.issuers.clone()).unwrap_or_default(),
        account_uri: challenge.and_then(|challenge| challenge.account_uri.clone()),
        seen_at,
    };
    Ok(inner.store.set_persistent_offer(provider, &offer).await?)
}

/// Make sure, before the provider is asked to look, that the records of names say what their challenges want: each name with the URL
/// of its authorization. Those that do not are returned with the reason.
pub(super) async fn confirm(
    inner: &Inner,
    asked: Asked<'_>,
    names: &[(String, String)],
    unoffered: &[String],
) -> EngineResult<Vec<(String, Finding)>> {
    let Asked { account, name: provider, .. } = asked;
    let not_offered = |name: &String| (name.clone(), Finding::new(Code::PersistNotOffered, provider));
    let mut failures: Vec<(String, Finding)> = unoffered.iter().map(not_offered).collect();
    let Some(dcv) = &inner.dcv else { return Ok(failures) };
    for (name, authorization) in names {
        let Some(PersistChallenge { issuers, account_uri }) = account.persist_challenge(authorization).await? else {
            failures.push(not_offered(name));
            continue;
        };
        let own = spelled_as(account.persist_account(), account_uri);
        let terms = PersistTerms { issuers, account: own, at: inner.clock.now(), counted_on: BTreeSet::new() };
        let findings = dcv.persistent(name, &terms).await;
        failures.extend(findings.into_iter().find(|it| it.severity == Severity::Blocking).map(|it| (name.clone(), it)));
    }
    Ok(failures)
}

/// Count on the records by which names were validated.
pub(super) async fn count_on(inner: &Inner, asked: Asked<'_>, names: &[(String, String)]) -> EngineResult<()> {
    if names.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = names.iter().map(|(name, _)| name.clone()).collect();
    Ok(inner.store.count_on_persistent(&names, asked.id, inner.clock.now()).await?)
}

/// Say in a run's log what is wrong with the records that are counted on, whether or not their names are due.
pub(super) async fn watch(session: &Session<'_>) -> EngineResult<()> {
    let inner = session.inner;
    let Some(dcv) = &inner.dcv else { return Ok(()) };
    for authority in session.authorities.order() {
        let record = inner.store.provider(authority.id()).await?;
        let Some(terms) = &terms(inner, &record).await? else { continue };
        let looks = stream::iter(terms.counted_on.clone()).map(|name: String| async move {
            let findings = dcv.persistent(&name, terms).await;
            (name, findings)
        });
        let mut seen: Vec<(String, Vec<Finding>)> = looks.buffer_unordered(AT_ONCE).collect().await;
        seen.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let mut block = session.book.block();
        for (name, findings) in seen {
            for finding in findings {
                warn(&mut block, 0, &name, &finding);
            }
        }
    }
    Ok(())
}

/// Say what is wrong with the records of names that pass all the same.
pub(super) fn report(block: &mut Block<'_>, verdicts: &Verdicts) {
    let mut found: Vec<(&String, &Finding)> = verdicts
        .values()
        .filter(|verdict| verdict.passed())
        .flat_map(|verdict| verdict.findings.iter().map(|finding| (&verdict.name, finding)))
        .filter(|(_, finding)| is_about_records(finding.code))
        .collect();
    found.sort_unstable_by_key(|(name, finding)| (*name, finding.code));
    for (name, finding) in found {
        warn(block, 2, name, finding);
    }
}

fn warn(block: &mut Block<'_>, indent: u32, name: &str, finding: &Finding) {
    let Finding { code, evidence, .. } = finding;
    block.warn(indent, code.as_str(), format!("{name}: {} {evidence}. {}", code.cause(), code.remedy()));
}

fn is_about_records(code: Code) -> bool {
    code.as_str().starts_with("persist_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_counts_then_a_challenge_then_the_names_of_caa_records() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let offer = |issuers: &[&str]| PersistentOffer {
            account: "a".into(),
            issuers: names(issuers),
            account_uri: None,
            seen_at: Timestamp(0),
        };
        let caa = names(&["caa.test"]);
        assert_eq!(issuers(&names(&["dir.test"]), Some(&offer(&[])), &caa), Some(names(&["dir.test"])));
        assert_eq!(issuers(&[], Some(&offer(&["seen.test"])), &caa), Some(names(&["seen.test"])));
        assert_eq!(issuers(&[], Some(&offer(&[])), &caa), None, "its authorizations show that it does not offer it");
        assert_eq!(issuers(&[], None, &caa), Some(caa.clone()), "nothing is known yet");
        assert_eq!(issuers(&[], None, &[]), None);
    }
}
