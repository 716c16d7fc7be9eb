//! What changed since the inventory was read last, with a guard against a sudden loss.

use super::rules;
use super::source::Snapshot;
use crate::model::InventorySource;
use crate::store::{ImportedWebsite, Inventory, OwnedWebsite, Replaces};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// A snapshot that loses a larger part of the websites than this, in percent, is not applied by itself.
///
/// A missing mount, an `IncludeOptional` that matches nothing or a half-finished migration looks like that; websites that
/// are given up go one by one. Who means it says so with [`Loss::Confirmed`].
pub const MOST_LOST_PERCENT: usize = 50;

/// Whether a large loss is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Nobody looked: refuse a loss of more than [`MOST_LOST_PERCENT`].
    Guarded,
    /// The administrator has seen it and wants it.
    Confirmed,
}

/// A website that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// As it was.
    pub before: OwnedWebsite,
    /// As it is.
    pub after: OwnedWebsite,
}

/// What changed, each part by domain. A website is the same where its domain is, whoever owns it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Websites that are new.
    pub added: Vec<OwnedWebsite>,
    /// Websites with another user, source, alias, document root or certificate file.
    pub changed: Vec<Change>,
    /// Websites that are gone.
    pub vanished: Vec<OwnedWebsite>,
}

/// Too many websites vanished at once; nothing should be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} of {before} websites vanished at once, more than {MOST_LOST_PERCENT} %: nothing was changed", changes.vanished.len())]
pub struct SuspiciousLoss {
    /// How many websites there were.
    pub before: usize,
    /// What would have been changed.
    pub changes: Box<Changes>,
}

/// What is to be done about a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reconciled {
    /// What changed.
    pub changes: Changes,
    /// The users with a change, each with all websites that it has now, to import.
    pub inventory: Inventory,
}

impl Changes {
    /// Tell whether everything is as it was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.vanished.is_empty()
    }

    /// Tell whether there are names that were not there before.
    #[must_use]
    pub fn adds_names(&self) -> bool {
        let grown = |change: &Change| names(&change.after).any(|name| names(&change.before).all(|known| known != name));
        !self.added.is_empty() || self.changed.iter().any(grown)
    }

    /// Write each change as a sentence, after a stable code for it.
    #[must_use]
    pub fn sentences(&self) -> Vec<(&'static str, String)> {
        let added = self.added.iter().map(|website| ("inventory_added", format!("Added {}.", described(website))));
        let changed = self.changed.iter().map(|change| ("inventory_changed", change.sentence()));
        let vanished =
            self.vanished.iter().map(|website| ("inventory_vanished", format!("Vanished: {}.", described(website))));
        added.chain(changed).chain(vanished).collect()
    }
}

impl Change {
    fn sentence(&self) -> String {
        let (before, after) = (&self.before.website, &self.after.website);
        let mut parts = Vec::new();
        let only_in = |one: &ImportedWebsite, other: &ImportedWebsite| {
            one.aliases.iter().filter(|alias| !other.aliases.contains(*alias)).cloned().collect::<Vec<_>>().join(", ")
        };
        let (gained, lost) = (only_in(after, before), only_in(before, after));
        if !gained.is_empty() {
            parts.push(format!("with {gained}"));
        }
        if !lost.is_empty() {
            parts.push(format!("without {lost}"));
        }
        if self.before.user != self.after.user {
            parts.push(format!("user {} instead of {}", self.after.user, self.before.user));
        }
        if before.document_root != after.document_root {
            parts.push(format!("document root {} instead of {}", after.document_root, before.document_root));
        }
        if before.configured_certificate != after.configured_certificate {
            let file = after.configured_certificate.as_ref();
            let file = file.map_or_else(|| "none".to_owned(), |file| file.certificate.display().to_string());
            parts.push(format!("configured certificate {file}"));
        }
        if before.source != after.source {
            parts.push(format!("now from {}", after.source.as_str()));
        }
        if parts.is_empty() {
            parts.push("its names in another order".into());
        }
        format!("Changed {} ({}): {}.", after.domain, self.after.user, parts.join("; "))
    }
}

/// Compare what is stored with what a source has now, and work out what to import.
///
/// A website that the snapshot calls unsettled stays as it was, and so does one that another source told. Of both the names
/// are taken away that the snapshot has elsewhere; where that is the domain, the website is gone.
///
/// # Errors
/// Where more than [`MOST_LOST_PERCENT`] of the source's websites vanished and nobody confirmed it.
pub fn reconcile(
    stored: Vec<OwnedWebsite>,
    source: InventorySource,
    snapshot: Snapshot,
    loss: Loss,
) -> Result<Reconciled, SuspiciousLoss> {
    let places: BTreeMap<String, usize> =
        stored.iter().enumerate().map(|(place, owned)| (owned.website.domain.clone(), place)).collect();
    let mut after = found(snapshot.inventory);
    let taken: HashSet<String> = after.values().flat_map(names).map(str::to_owned).collect();
    let count = stored.iter().filter(|owned| owned.website.source == source).count();
    let mut changes = Changes::default();
    let mut before = BTreeMap::new();
    for owned in stored {
        let domain = &owned.website.domain;
        let stays = owned.website.source != source || snapshot.unsettled.contains(domain);
        if stays && !taken.contains(domain) {
            let mut kept = owned.clone();
            kept.website.aliases.retain(|alias| !taken.contains(alias));
            after.insert(domain.clone(), kept);
        }
        before.insert(domain.clone(), owned);
    }
    for (domain, now) in &after {
        match before.remove(domain) {
            None => changes.added.push(now.clone()),
            Some(old) if old == *now => {}
            Some(old) => changes.changed.push(Change { before: old, after: now.clone() }),
        }
    }
    changes.vanished = before.into_values().collect();
    // A website whose name another one has now is not lost.
    let is_lost = |owned: &&OwnedWebsite| owned.website.source == source && !taken.contains(&owned.website.domain);
    let lost = changes.vanished.iter().filter(is_lost).count();
    if loss == Loss::Guarded && lost * 100 > count * MOST_LOST_PERCENT {
        return Err(SuspiciousLoss { before: count, changes: Box::new(changes) });
    }
    let inventory = of_users(&changes, after, &places);
    Ok(Reconciled { changes, inventory })
}

fn found(inventory: Inventory) -> BTreeMap<String, OwnedWebsite> {
    let users = inventory.users.into_iter();
    let owned = users.flat_map(|user| {
        let name = user.name;
        user.websites.into_iter().map(move |website| OwnedWebsite { user: name.clone(), website })
    });
    owned.map(|owned| (owned.website.domain.clone(), owned)).collect()
}

/// List the users that a change is about with all their websites: those that are known in their order, then the new ones.
fn of_users(changes: &Changes, after: BTreeMap<String, OwnedWebsite>, places: &BTreeMap<String, usize>) -> Inventory {
    let changed = changes.changed.iter().flat_map(|change| [&change.before, &change.after]);
    let touched: BTreeSet<&str> =
        changes.added.iter().chain(changed).chain(&changes.vanished).map(|owned| owned.user.as_str()).collect();
    let mut websites: BTreeMap<&str, Vec<ImportedWebsite>> = touched.iter().map(|user| (*user, Vec::new())).collect();
    for owned in after.into_values() {
        if let Some(list) = websites.get_mut(owned.user.as_str()) {
            list.push(owned.website);
        }
    }
    let user = |(name, mut websites): (&str, Vec<ImportedWebsite>)| {
        websites.sort_by_key(|website| places.get(&website.domain).copied().unwrap_or(usize::MAX));
        rules::user_with(name.to_owned(), websites)
    };
    let users = websites.into_iter().map(user).collect();
    Inventory { packages: Vec::new(), users, replaces: Replaces::Websites }
}

fn names(owned: &OwnedWebsite) -> impl Iterator<Item = &str> {
    std::iter::once(&owned.website.domain).chain(&owned.website.aliases).map(String::as_str)
}

fn described(owned: &OwnedWebsite) -> String {
    let aliases = owned.website.aliases.join(", ");
    let with = if aliases.is_empty() { String::new() } else { format!(" with {aliases}") };
    format!("{} ({}){with}", owned.website.domain, owned.user)
}

#[cfg(test)]
mod tests;
