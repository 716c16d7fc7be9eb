//! What is done for every service: look at it, check each pair, put it into the service's view, write, test, activate once, prove every name, and
//! put back exactly what is not proved.

use super::change::{Change, Wanted};
use super::pace::Pace;
use super::prove::{self, Proof};
use super::work::Work;
use super::{InstallFailure, Installer, Item, ItemCompanion, Outcome, Pairs, Placed, Scene};
use crate::analyze::is_covered;
use crate::model::Timestamp;
use crate::tls_store::{DEFAULT, Pair, View};
use crate::vault::companion_shelf;
use crate::x509;
use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

/// The installation of a run's certificates in one service.
pub(super) struct Installation<'a> {
    pub(super) installer: &'a dyn Installer,
    view: &'a View,
    pub(super) change: Change<'a>,
    /// The names in the view as they were before, with their websites.
    names_before: BTreeMap<String, String>,
    /// The same by website.
    names_of: HashMap<String, Vec<String>>,
    outcomes: Vec<Outcome>,
}

/// Install the items in a service and prove each; the outcomes stand in the items' order.
///
/// Idempotent: what is in place and presented is left alone, without a reload.
pub(crate) async fn install(
    installer: &dyn Installer,
    pairs: &dyn Pairs,
    items: &[Item],
    pace: Pace<'_>,
    now: Timestamp,
) -> Vec<Outcome> {
    let place = installer.place();
    let mut outcomes = vec![Outcome::Unconcerned; items.len()];
    let mut works: Vec<Work<'_>> = items
        .iter()
        .enumerate()
        .map(|(index, item)| Work::new(index, item, installer))
        .filter(|work| !work.names.is_empty())
        .collect();
    if works.is_empty() {
        return outcomes;
    }
    let refusal = match installer.is_down().await {
        Some(reason) => Err(InstallFailure::new("service_down", format!("{reason}; nothing was changed"))),
        None => place.open().and_then(|view| Ok((view.names()?.into_iter().collect(), view))).map_err(|error| {
            InstallFailure::new("install_refused", format!("the TLS store of {}: {error}", installer.service()))
        }),
    };
    let (names_before, view): (BTreeMap<String, String>, View) = match refusal {
        Ok(opened) => opened,
        Err(failure) => {
            works.iter().for_each(|work| outcomes[work.index] = Outcome::Failed(failure.clone()));
            return outcomes;
        }
    };
    let change = Change::new(&view);
    let mut names_of: HashMap<String, Vec<String>> = HashMap::new();
    for (name, website) in &names_before {
        names_of.entry(website.clone()).or_default().push(name.clone());
    }
    let mut installation = Installation { installer, view: &view, change, names_before, names_of, outcomes };
    match installation.look(&works).await {
        Ok(()) => {
            works.iter_mut().for_each(|work| work.withhold(installer));
            installation.carry_out(&works, pairs, pace, now).await;
        }
        Err(failure) => installation.fail_all(&works.iter().collect::<Vec<_>>(), &failure),
    }
    installation.change.keep();
    installation.outcomes
}

impl<'a> Installation<'a> {
    async fn carry_out(&mut self, works: &[Work<'_>], pairs: &dyn Pairs, pace: Pace<'_>, now: Timestamp) {
        let mut fit: Vec<&Work<'_>> = Vec::new();
        for work in works {
            match self.enter(work, pairs, now) {
                Ok(()) => fit.push(work),
                Err(detail) => self.fail(work, &InstallFailure::new("install_refused", detail)),
            }
        }
        let is_new = |work: &&Work<'_>| self.view.current(&work.item.website).ok() != Some(Some(work.generation()));
        let pause = if fit.iter().any(is_new) { self.installer.pause() } else { Default::default() };
        pace.wait(self.installer.service(), pause).await;
        let (kept, touched) = self.keep_tested(fit).await;
        if kept.is_empty() || !touched && prove::all_served(self.installer, &to_prove(&kept)).await {
            self.served(&kept);
            return;
        }
        self.activate_and_prove(kept, pace).await;
    }

    /// Check a pair and put it into the view, where the service does not look at it yet.
    fn enter(&self, work: &Work<'_>, pairs: &dyn Pairs, now: Timestamp) -> Result<(), String> {
        let item = work.item;
        let is_odd = |name: &&String| !name.bytes().all(is_name_byte);
        if let Some(odd) = std::iter::once(&item.website).chain(&work.names).find(is_odd) {
            return Err(format!("name {odd:?} cannot stand in a configuration file"));
        }
        let (chain, key) = pairs.pair(&item.website, item.generation)?;
        let leaf = x509::check_chain(&chain, &key, &item.names, now)
            .map_err(|reason| format!("the certificate of {} was not installed: {reason}", item.website))?;
        if leaf.fingerprint != item.fingerprint {
            return Err(format!("generation {} of {} holds another certificate", item.generation, item.website));
        }
        self.installer.check(work.placed())?;
        let pair = Pair { chain: &chain, key: &key };
        let put = self.view.put(&item.website, item.generation.into(), pair, None);
        put.map_err(|error| format!("cannot write the certificate of {} for its service: {error}", item.website))?;
        if let Some(companion) = work.companion_wanted
            && let Err(detail) = self.enter_companion(work, companion, pair, pairs, now)
        {
            work.leave_alone(InstallFailure::new("install_refused", detail));
        }
        Ok(())
    }

    /// Check the companion of a certificate that was entered, and put both together into the view.
    fn enter_companion(
        &self,
        work: &Work<'_>,
        companion: &ItemCompanion,
        certificate: Pair<'_>,
        pairs: &dyn Pairs,
        now: Timestamp,
    ) -> Result<(), String> {
        let (website, shelf) = (&work.item.website, companion_shelf(&work.item.website));
        let (chain, key) = pairs.pair(&shelf, companion.generation)?;
        let leaf = x509::check_chain(&chain, &key, &companion.names, now)
            .map_err(|reason| format!("the companion of {website} was not installed: {reason}"))?;
        if leaf.fingerprint != companion.fingerprint {
            return Err(format!("generation {} of {shelf} holds another certificate", companion.generation));
        }
        let both = Pair { chain: &chain, key: &key };
        let put = self.view.put(website, work.generation(), certificate, Some(both));
        put.map_err(|error| format!("cannot write the companion of {website} for its service: {error}"))
    }

    /// Put works in place, failing those that cannot be written; tell whether anything stood otherwise until now.
    pub(super) fn apply(&mut self, works: &mut Vec<&Work<'_>>) -> bool {
        let mut touched = false;
        while !works.is_empty() {
            let wanted = match self.wanted(works) {
                Ok(wanted) => wanted,
                Err(detail) => {
                    self.change.restore();
                    self.fail_all(works, &InstallFailure::new("install_refused", detail));
                    works.clear();
                    break;
                }
            };
            match self.change.apply(&wanted) {
                Ok(changed) => return touched | changed,
                Err(troubles) => {
                    touched = true;
                    works.retain(|work| {
                        let concerns =
                            |website: &Option<String>| website.as_ref().is_none_or(|it| *it == work.item.website);
                        let trouble = troubles.iter().find(|trouble| concerns(&trouble.website));
                        if let Some(trouble) = trouble {
                            self.fail(work, &InstallFailure::new("install_refused", trouble.detail.clone()));
                        }
                        trouble.is_none()
                    });
                }
            }
        }
        self.change.restore();
        touched
    }

    /// Say what is to be in place with these works.
    fn wanted(&self, works: &[&Work<'_>]) -> Result<Wanted, String> {
        let mut wanted = Wanted::default();
        for work in works {
            let website = &work.item.website;
            wanted.generations.insert(website.clone(), work.generation());
            let had = self.names_of.get(website).into_iter().flatten();
            wanted.names.extend(had.map(|name| (name.clone(), None)));
        }
        for work in works {
            let website = &work.item.website;
            wanted.names.extend(work.names.iter().map(|name| (name.clone(), Some(website.clone()))));
            if self.view.hostname().is_some_and(|hostname| is_covered(hostname, &work.names)) {
                wanted.names.insert(DEFAULT.to_owned(), Some(website.clone()));
            }
        }
        let mut names = self.names_before.clone();
        for (name, website) in wanted.names.iter().filter(|(name, _)| *name != DEFAULT) {
            match website {
                Some(website) => names.insert(name.clone(), website.clone()),
                None => names.remove(name),
            };
        }
        let before = |path: &std::path::Path| self.change.before(path);
        let generation =
            |website: &str| wanted.generations.get(website).copied().or_else(|| self.change.standing(website));
        let default = wanted.names.get(DEFAULT).cloned().unwrap_or_else(|| self.change.website_before(DEFAULT));
        let placed = placed(works);
        let scene = Scene {
            placed: &placed,
            names: &names,
            default: default.as_deref(),
            generation: &generation,
            before: &before,
        };
        let files = self.installer.render(&scene)?;
        wanted.files = files;
        Ok(wanted)
    }

    async fn activate_and_prove(&mut self, kept: Vec<&Work<'_>>, pace: Pace<'_>) {
        let service = self.installer.service().to_owned();
        let started = Instant::now();
        let proofs = match self.activate(pace).await {
            Ok(()) => prove::each(self.installer, &to_prove(&kept)).await,
            Err(reason) => {
                let detail = format!("{service} did not take it, the earlier state was put back: {reason}");
                kept.iter().map(|_| Proof::Not(InstallFailure::new("service_reload_failed", detail.clone()))).collect()
            }
        };
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(service.name = %service, websites = kept.len(), duration_ms, "a service was reloaded and its certificates looked at");
        let mut proved = Vec::new();
        let mut unproved = false;
        for (work, proof) in kept.into_iter().zip(proofs) {
            match proof {
                Proof::Served => proved.push(work),
                Proof::Alone(failure) => {
                    work.leave_alone(failure);
                    proved.push(work);
                    unproved = true;
                }
                Proof::Not(failure) => {
                    self.fail(work, &failure);
                    unproved = true;
                }
            }
        }
        if unproved {
            self.put_back(&mut proved, pace).await;
        }
        self.served(&proved);
    }

    /// Leave only what was proved in place.
    async fn put_back(&mut self, proved: &mut Vec<&Work<'_>>, pace: Pace<'_>) {
        let service = self.installer.service().to_owned();
        self.apply(proved);
        if let Err(reason) = self.installer.test().await {
            tracing::error!(service.name = %service, %reason, "a service's configuration test fails with its earlier files");
        }
        if let Err(reason) = self.activate(pace).await {
            tracing::error!(service.name = %service, %reason, "a service does not take its earlier files either");
        }
    }

    async fn activate(&self, pace: Pace<'_>) -> Result<(), String> {
        let changed = self.change.touched_websites();
        let changed: Vec<&str> = changed.iter().map(String::as_str).collect();
        pace.note(self.installer.service()).await;
        self.installer.activate(&changed).await
    }

    fn served(&mut self, works: &[&Work<'_>]) {
        for work in works {
            if !work.proved.is_empty()
                && let Err(error) = self.view.set_proved(&work.item.website, work.generation())
            {
                tracing::warn!(website.domain = %work.item.website, %error, "old generations of its certificate stay");
            }
            let served = || Outcome::Served(work.beside());
            self.outcomes[work.index] = work.withheld.clone().map_or_else(served, Outcome::Failed);
        }
    }

    pub(super) fn fail(&mut self, work: &Work<'_>, failure: &InstallFailure) {
        self.outcomes[work.index] = Outcome::Failed(failure.clone());
    }

    pub(super) fn fail_all(&mut self, works: &[&Work<'_>], failure: &InstallFailure) {
        works.iter().for_each(|work| self.fail(work, failure));
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'*' | b':')
}

fn placed<'a>(works: &'a [&Work<'_>]) -> Vec<Placed<'a>> {
    works.iter().map(|work| work.placed()).collect()
}

fn to_prove<'a>(works: &'a [&Work<'_>]) -> Vec<Placed<'a>> {
    works.iter().map(|work| work.to_prove()).collect()
}
